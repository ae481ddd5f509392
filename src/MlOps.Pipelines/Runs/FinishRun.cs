using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Storage.Audit;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Runs;

internal sealed record FinishRunRequest(string RunId, RunResult Result);

/// <summary>Writes down how a run ended. Safe to run again: a final status is never left.</summary>
internal sealed class FinishRun(RunStore runs, AuditLog audit) : TaskActivity<FinishRunRequest, RunStatus>
{
    public override async Task<RunStatus> RunAsync(TaskActivityContext context, FinishRunRequest input)
    {
        var (status, reason, _) = input.Result;
        var before = await runs.TryGetAsync(input.RunId, context.CancellationToken);
        var after = await runs.SetStatusAsync(input.RunId, status, reason, context.CancellationToken);
        // It had ended otherwise before.
        if (after is not null && after.Status != status) return status;
        await audit.AppendAsync(
            new("mlops", $"run.{status.ToString().ToLowerInvariant()}", $"runs/{input.RunId}", reason ?? "Every step passed.", before?.Status.ToString(), status.ToString())
            {
                Key = $"runs/{input.RunId}/finished",
            },
            context.CancellationToken);
        return status;
    }
}
