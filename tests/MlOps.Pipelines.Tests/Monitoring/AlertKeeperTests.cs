using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Monitoring;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Tests.Monitoring;

public class AlertKeeperTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DriftMonitorSpec s_drift = new();

    private static PipelineSpec Shop { get; } = PipelineSpecReader.Read(PipelineHost.Pipeline, "pipeline.yaml");

    [Fact]
    public async Task An_alert_opens_once_follows_and_closes_however_often_a_window_is_judged()
    {
        await using var host = await PipelineHost.StartAsync();
        Assert.Null(await JudgeAsync(host, 1, ("age", 0.05)));

        var opened = await JudgeAsync(host, 2, ("age", 0.2), ("price", 0.05));
        Assert.Equal("shop.drift.20010303T000000", opened!.Id);
        Assert.Equal(["distance age"], opened.Items.Select(i => i.Series));
        Assert.Equal(opened.Id, (await JudgeAsync(host, 2))!.Id);

        // A second column joins: one alert holds both. Then both are well again.
        var followed = await JudgeAsync(host, 3, ("age", 0.3), ("price", 0.4));
        Assert.Equal(opened.Id, followed!.Id);
        Assert.Equal(["distance age", "distance price"], followed.Items.Select(i => i.Series));
        Assert.Null(await JudgeAsync(host, 4, ("age", 0.01), ("price", 0.02)));
        Assert.Null(await JudgeAsync(host, 4));

        var closed = Assert.Single(await host.Get<AlertStore>().ListAsync("shop", default));
        Assert.Equal(s_start.AddDays(4), closed.ClosedAt);
        Assert.All(closed.Items, i => Assert.NotNull(i.ClosedAt));
        Assert.Equal(
            ["alert.closed", "alert.raised"],
            (await host.Get<NotificationStore>().ListAsync(default)).Select(n => n.Message.Event).Order(StringComparer.Ordinal));
        var audit = await host.Get<AuditLog>().ListAsync(new AuditQuery { Subject = "endpoints/shop" }, default);
        Assert.Equal(["alert.closed", "alert.opened"], audit.Entries.Select(e => e.Event.Action));

        // It comes back: another alert.
        Assert.Equal("shop.drift.20010307T000000", (await JudgeAsync(host, 6, ("age", 0.5)))!.Id);
    }

    [Fact]
    public async Task An_alert_that_a_run_closed_before_it_died_is_told_by_the_next_one()
    {
        await using var host = await PipelineHost.StartAsync();
        var opened = await JudgeAsync(host, 1, ("age", 0.2));
        await host.Get<AlertStore>().FollowAsync(opened!.Id, s_start.AddDays(2), a => a with { ClosedAt = s_start.AddDays(2) }, default);
        Assert.Null(await JudgeAsync(host, 2, ("age", 0.01)));
        Assert.Null(await JudgeAsync(host, 2));
        Assert.Single(await host.Get<NotificationStore>().ListAsync(default), n => n.Message.Event is "alert.closed");
        Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Action = "alert.closed" }, default)).Entries);
    }

    [Fact]
    public async Task Who_acts_on_alerts_is_told_until_it_has_taken_them()
    {
        var subscriber = new Subscriber { Failures = 1 };
        await using var host = await PipelineHost.StartAsync();
        var announcer = new AlertAnnouncer(host.Get<AlertEventStore>(), [subscriber], Microsoft.Extensions.Logging.Abstractions.NullLogger<AlertAnnouncer>.Instance);
        await JudgeAsync(host, 1, ("age", 0.2));
        await announcer.AnnounceAsync(default);
        Assert.Empty(subscriber.Taken);
        await announcer.AnnounceAsync(default);
        await announcer.AnnounceAsync(default);
        await JudgeAsync(host, 1);
        await announcer.AnnounceAsync(default);
        var taken = Assert.Single(subscriber.Taken);
        Assert.Equal(("shop.drift.20010302T000000", MonitorKind.Drift, "shop"), (taken.AlertId, taken.Monitor, taken.Pipeline));
    }

    [Fact]
    public async Task In_a_silence_nobody_is_told_but_the_alert_stands_and_programs_act_on_it()
    {
        await using var host = await PipelineHost.StartAsync();
        await host.Get<SilenceStore>().AddAsync(
            new() { Id = "s", Endpoint = "shop", Monitor = MonitorKind.Drift, Until = TimeProvider.System.GetUtcNow().AddHours(1), Set = new("ops", s_start, "a campaign") }, default);
        var alert = await JudgeAsync(host, 1, ("age", 0.2));
        Assert.True(alert!.Silenced);
        Assert.Empty(await host.Get<NotificationStore>().ListAsync(default));
        Assert.Single(await host.Get<AlertEventStore>().ListOpenAsync(default));
    }

    [Fact]
    public async Task The_first_to_take_an_alert_up_stands()
    {
        await using var host = await PipelineHost.StartAsync();
        var alert = await JudgeAsync(host, 1, ("age", 0.2));
        var store = host.Get<AlertStore>();
        Assert.Equal("ada", (await store.AcknowledgeAsync(alert!.Id, "ada", "looking", default))!.Acknowledged!.By);
        Assert.Equal("ada", (await store.AcknowledgeAsync(alert.Id, "bob", "me too", default))!.Acknowledged!.By);
        Assert.Null(await store.AcknowledgeAsync("shop.drift.19990101T000000", "ada", "?", default));
        Assert.Null(await store.AcknowledgeAsync("nonsense", "ada", "?", default));
    }

    private static async Task<AlertRecord?> JudgeAsync(PipelineHost host, int day, params (string Column, double Distance)[] points)
    {
        if (points.Length > 0)
        {
            await host.Get<MonitorResultStore>().SaveAsync(
                new()
                {
                    Endpoint = "shop",
                    Monitor = MonitorKind.Drift,
                    Window = new(s_start.AddDays(day - 1), s_start.AddDays(day)),
                    ComputedAt = s_start,
                    Rows = 100,
                    Points = [.. points.Select(p => new MonitorPoint { Metric = "distance", Subject = p.Column, Value = p.Distance, Limit = 0.1, Breached = p.Distance > 0.1, Detail = $"{p.Column} drifted." })],
                },
                default);
        }
        return await host.Get<AlertKeeper>().JudgeAsync(Shop, s_drift, default);
    }

    private sealed class Subscriber : IAlertSubscriber
    {
        public int Failures { get; set; }

        public List<AlertOpened> Taken { get; } = [];

        public Task OnOpenedAsync(AlertOpened alert, CancellationToken cancellationToken)
        {
            if (Failures-- > 0) throw new IOException("not now");
            Taken.Add(alert);
            return Task.CompletedTask;
        }
    }
}
