using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Core.Runs;
using MlOps.Functions.Api;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops cancel</c>: ends a run, its training jobs elsewhere included.</summary>
internal static class CancelCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "Id of the run." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var json = CommandLine.JsonOption();
        var command = new Command("cancel", CommandLine.WithExamples(
            "Cancel a run before its release: its work stops, its jobs elsewhere are cancelled.", "mlops cancel flight-delay-20010301-081500-3f2a --reason 'Wrong file.'"))
        {
            run, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => CancelAsync(parsed.GetRequiredValue(run), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> CancelAsync(string runId, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = $"api/runs/{Uri.EscapeDataString(runId)}";
        await plane.PostAsync<RunDetails>($"{path}/cancel", new CancelRequest(reason), cancellationToken);
        await plane.PollAsync<RunDetails>(path, r => r.Status.IsFinal(), cancellationToken);
        var exitCode = await new RunFollower(plane, json).FollowToEndAsync(runId, cancellationToken);
        // Cancelled is what it was asked to be.
        return exitCode is ExitCodes.JobFailed ? ExitCodes.Done : exitCode;
    }
}
