using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Monitoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Monitoring;

namespace MlOps.Pipelines.Tests.Monitoring;

public class MonitorRunTests
{
    private static readonly TimeWindow s_day = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2001, 3, 2, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Every_monitor_measures_late_windows_are_measured_again_and_alerts_are_told()
    {
        var before = new TimeWindow(s_day.From.AddDays(-1), s_day.From);
        var measured = new List<string>();
        var activities = new Activities()
            .On(nameof(UpdatePredictions), new[] { new DateOnly(2001, 2, 28) })
            .On(nameof(MeasureWindow), input =>
            {
                var request = input.Deserialize<MeasureRequest>(MlOpsJson.Compact)!;
                measured.Add($"{request.Monitor} {request.Window.From:MM-dd}");
                return new MonitorOutcome(request.Monitor, 10, 1, 0);
            })
            .On(nameof(FindLateWindows), new[] { new MeasureRequest("shop", "shop", MonitorKind.Performance, before) })
            .On(nameof(JudgeMonitors), new[] { "shop.drift.20010302T000000" })
            .On(nameof(AnnounceAlerts), true);
        await using var hub = await StartAsync(activities);

        var run = await hub.RunAsync(nameof(MonitorRun), new MonitorRunRequest("shop", "shop", [MonitorKind.Drift, MonitorKind.Performance], s_day));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, run.RuntimeStatus);
        Assert.Equal(["Drift 03-01", "Performance 03-01", "Performance 02-28"], measured);
        Assert.Equal(nameof(UpdatePredictions), activities.Calls[0]);
        Assert.Equal([nameof(JudgeMonitors), nameof(AnnounceAlerts)], activities.Calls.Skip(activities.Calls.Count - 2));
        var result = run.ReadOutputAs<MonitorRunResult>()!;
        Assert.Equal((2, 1), (result.Outcomes.Count, result.Remeasured));
        Assert.Equal(["shop.drift.20010302T000000"], result.Alerts);
    }

    [Fact]
    public async Task A_monitor_that_cannot_measure_keeps_none_of_the_others_from_it()
    {
        var activities = new Activities()
            .On(nameof(UpdatePredictions), Array.Empty<DateOnly>())
            .On(nameof(MeasureWindow), input => input.Deserialize<MeasureRequest>(MlOpsJson.Compact)!.Monitor is MonitorKind.Drift
                ? throw new NonRetriableTaskException("a file is damaged")
                : new MonitorOutcome(MonitorKind.Service, 10, 1, 0))
            .On(nameof(FindLateWindows), Array.Empty<MeasureRequest>())
            .On(nameof(JudgeMonitors), Array.Empty<string>())
            .On(nameof(AnnounceAlerts), true);
        await using var hub = await StartAsync(activities);

        var run = await hub.RunAsync(nameof(MonitorRun), new MonitorRunRequest("shop", "shop", [MonitorKind.Drift, MonitorKind.Service], s_day));

        var outcomes = run.ReadOutputAs<MonitorRunResult>()!.Outcomes;
        Assert.Equal("a file is damaged", outcomes[0].Note);
        Assert.Equal(1, outcomes[1].Points);
    }

    private static Task<TestHub> StartAsync(Activities activities) => TestHub.StartAsync(registry =>
    {
        registry.AddOrchestrator<MonitorRun>();
        activities.Register(registry);
    });
}
