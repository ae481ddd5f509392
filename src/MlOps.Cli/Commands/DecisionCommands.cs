using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.Functions.Api;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops approve</c> and <c>mlops reject</c>: a decision, and then the run to its end.</summary>
internal static class DecisionCommands
{
    public static Command CreateApprove() => Create("approve", "Approve a run's candidate; the run goes on to its release.", reasonRequired: false);

    public static Command CreateReject() => Create("reject", "Reject a run's candidate, and say why.", reasonRequired: true);

    private static Command Create(string decision, string description, bool reasonRequired)
    {
        var run = new Argument<string>("run") { Description = "Id of the run that waits." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = reasonRequired };
        var json = CommandLine.JsonOption();
        var command = new Command(decision, CommandLine.WithExamples(
            description, $"mlops {decision} flight-delay-20010301-081500-3f2a --reason 'Compared with the champion by hand.'"))
        {
            run, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => DecideAsync(
            parsed.GetRequiredValue(run), decision, parsed.GetValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> DecideAsync(string runId, string decision, string? reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = Uri.EscapeDataString(runId);
        await plane.PostAsync<ApprovalRecord>($"api/approvals/{path}", new DecisionRequest(decision, reason), cancellationToken);
        while ((await plane.GetAsync<RunDetails>($"api/runs/{path}", cancellationToken)).Status is RunStatus.WaitingForApproval)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);

        var exitCode = await new RunFollower(plane, json).FollowToEndAsync(runId, cancellationToken);
        // A rejection that ends the run as rejected did what it was asked to.
        return decision is "reject" && exitCode is ExitCodes.JobFailed ? ExitCodes.Done : exitCode;
    }
}
