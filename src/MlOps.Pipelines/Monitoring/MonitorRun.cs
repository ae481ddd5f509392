using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>One run of an endpoint's monitors: from what was logged to what is wrong, and to those who must know.</summary>
internal sealed class MonitorRun : TaskOrchestrator<MonitorRunRequest, MonitorRunResult>
{
    public override async Task<MonitorRunResult> RunAsync(TaskOrchestrationContext context, MonitorRunRequest input)
    {
        if (input.NotBefore is { } settled) await context.CreateTimer(settled.UtcDateTime, CancellationToken.None);
        var labelled = await context.CallActivityAsync<List<DateOnly>>(nameof(UpdatePredictions), input.Endpoint, StepRetry.Options);

        var outcomes = new List<MonitorOutcome>();
        foreach (var monitor in input.Monitors)
            outcomes.Add(await TryMeasureAsync(context, new(input.Endpoint, input.Pipeline, monitor, input.Window)));

        var late = await context.CallActivityAsync<List<MeasureRequest>>(nameof(FindLateWindows), new LateLabels(input, labelled), StepRetry.Options);
        foreach (var window in late) await TryMeasureAsync(context, window);

        var alerts = await context.CallActivityAsync<List<string>>(nameof(JudgeMonitors), input, StepRetry.Options);
        await context.CallActivityAsync(nameof(AnnounceAlerts), input.Endpoint, StepRetry.Options);
        return new MonitorRunResult(outcomes, late.Count, alerts);
    }

    /// <summary>A monitor that cannot measure keeps none of the others from it.</summary>
    private static async Task<MonitorOutcome> TryMeasureAsync(TaskOrchestrationContext context, MeasureRequest request)
    {
        try
        {
            return await context.CallActivityAsync<MonitorOutcome>(nameof(MeasureWindow), request, StepRetry.Options);
        }
        catch (TaskFailedException failure)
        {
            return new MonitorOutcome(request.Monitor, 0, 0, 0, StepRetry.RootMessage(failure.FailureDetails));
        }
    }
}
