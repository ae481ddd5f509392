using MlOps.Core.Monitoring;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Retraining;
using MlOps.Storage.Retraining;

namespace MlOps.Pipelines.Tests.Retraining;

public sealed class RetrainingQueueTests
{
    private static readonly DateTimeOffset s_now = new(2001, 4, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Wishes_that_come_while_a_run_is_at_work_become_one_run_after_it()
    {
        await using var host = await PipelineHost.StartAsync();
        var busy = await host.AcceptAsync("shop-20010401-000000-0001", RunStatus.Running);
        var desk = host.Get<RetrainingDesk>();
        await desk.RequestAsync(Wish("a"), default);
        await desk.RequestAsync(Wish("b"), default);
        await desk.RequestAsync(Wish("c"), default);
        await desk.RequestAsync(Wish("a"), default);
        Assert.All(await ListAsync(host), r => Assert.Equal(RetrainingStatus.Waiting, r.Status));

        await host.Runs.SetStatusAsync(busy.RunId, RunStatus.Failed, "test", default);
        var judged = await UntilAsync(host, all => all.All(r => r.Status is RetrainingStatus.Started or RetrainingStatus.Coalesced));
        Assert.Equal(3, judged.Count);
        Assert.Single(judged, r => r.Status is RetrainingStatus.Started);
        var run = Assert.Single(judged.Select(r => r.RunId).Distinct());
        Assert.Equal(RunTrigger.Manual, (await host.Runs.TryGetAsync(run!, default))!.Trigger);
    }

    [Fact]
    public async Task An_alert_starts_a_run_only_where_the_pipeline_says_so_and_once()
    {
        await using var host = await PipelineHost.StartAsync(pipeline: PipelineHost.Pipeline + "\ntriggers: { drift: { cooldown: 7d } }");
        var subscriber = host.Get<IAlertSubscriber>();
        await subscriber.OnOpenedAsync(Alert(MonitorKind.Performance), default);
        await subscriber.OnOpenedAsync(Alert(MonitorKind.Service), default);
        await subscriber.OnOpenedAsync(Alert(MonitorKind.Drift), default);
        await subscriber.OnOpenedAsync(Alert(MonitorKind.Drift), default);
        var request = Assert.Single(await UntilAsync(host, all => all.All(r => r.Status is RetrainingStatus.Started)));
        Assert.Equal((RunTrigger.Drift, s_now), (request.Trigger, request.At));
        Assert.Contains("distance of origin", request.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_that_stays_open_asks_again_when_the_cooldown_is_over()
    {
        await using var host = await PipelineHost.StartAsync(pipeline: PipelineHost.Pipeline + "\ntriggers: { drift: { cooldown: 7d } }");
        var subscriber = host.Get<IAlertSubscriber>();
        await subscriber.OnOpenedAsync(Alert(MonitorKind.Drift), default);
        var first = Assert.Single(await UntilAsync(host, all => all.All(r => r.Status is RetrainingStatus.Started)));
        await host.Runs.SetStatusAsync(first.RunId!, RunStatus.Rejected, "test", default);

        await subscriber.OnStillOpenAsync(Open(s_now.AddDays(1)), default);
        await subscriber.OnStillOpenAsync(Open(s_now.AddDays(6)), default);
        Assert.Single(await ListAsync(host));
        await subscriber.OnStillOpenAsync(Open(s_now.AddDays(7)), default);
        await subscriber.OnStillOpenAsync(Open(s_now.AddDays(7)), default);
        var all = await UntilAsync(host, all => all.All(r => r.Status is RetrainingStatus.Started));
        var again = Assert.Single(all, r => r.Id != first.Id);
        Assert.Equal(("shop.drift.20010401T000000.20010408T000000", s_now.AddDays(7)), (again.Id, again.At));
        Assert.StartsWith("Alert shop.drift.20010401T000000 is still open: ", again.Reason, StringComparison.Ordinal);
    }

    private static AlertRecord Open(DateTimeOffset lastWindow) => new()
    {
        Id = "shop.drift.20010401T000000", Endpoint = "shop", Pipeline = "shop", Monitor = MonitorKind.Drift, Severity = AlertSeverity.Warning,
        Items = [new("distance origin", 0.3, 0.1, "distance of origin is 0.3.", s_now)], OpenedAt = s_now, LastWindow = lastWindow, RecordedAt = s_now,
    };

    private static RetrainingRequest Wish(string id) => new() { Id = id, Pipeline = "shop", Trigger = RunTrigger.Manual, By = "test", Reason = "test", At = s_now };

    private static AlertOpened Alert(MonitorKind monitor) =>
        new($"shop.{MonitorNames.NameOf(monitor)}.20010401T000000", "shop", "shop", monitor, AlertSeverity.Warning, s_now, "distance of origin is 0.3, at most 0.1 is allowed.");

    private static Task<IReadOnlyList<RetrainingRequest>> ListAsync(PipelineHost host) => host.Get<RetrainingStore>().ListAsync("shop", default);

    private static async Task<IReadOnlyList<RetrainingRequest>> UntilAsync(PipelineHost host, Func<IReadOnlyList<RetrainingRequest>, bool> condition)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while (true)
        {
            var all = await ListAsync(host);
            if (all.Count > 0 && condition(all)) return all;
            Assert.True(DateTime.UtcNow < end, string.Join('\n', all));
            await Task.Delay(50);
        }
    }
}
