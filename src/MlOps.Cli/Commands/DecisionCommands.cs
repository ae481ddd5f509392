using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.Functions.Api;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops approve</c> and <c>mlops reject</c>: a vote, and where it decides, the run to its end.</summary>
internal static class DecisionCommands
{
    public static Command CreateApprove()
    {
        var traffic = new Option<string?>("--max-traffic") { Description = "Approve for at most this share of the endpoint's traffic: 10% or 0.1." };
        return Create("approve", "Approve a run's candidate; the run goes on to its release.", reasonRequired: false, traffic);
    }

    public static Command CreateReject() => Create("reject", "Reject a run's candidate, and say why.", reasonRequired: true, null);

    private static Command Create(string decision, string description, bool reasonRequired, Option<string?>? traffic)
    {
        var run = new Argument<string>("run") { Description = "Id of the run that waits." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = reasonRequired };
        var json = CommandLine.JsonOption();
        var command = new Command(decision, CommandLine.WithExamples(
            description, $"mlops {decision} flight-delay-20010301-081500-3f2a --reason 'Compared with the champion by hand.'"))
        {
            run, reason, json,
        };
        if (traffic is not null) command.Add(traffic);
        command.SetAction((parsed, cancellationToken) =>
        {
            var share = TrafficShare.Parse("--max-traffic", traffic is null ? null : parsed.GetValue(traffic));
            var request = new DecisionRequest(decision, parsed.GetValue(reason), share is null ? null : new() { MaxTraffic = share });
            return DecideAsync(parsed.GetRequiredValue(run), request, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> DecideAsync(string runId, DecisionRequest request, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = Uri.EscapeDataString(runId);
        var record = await plane.PostAsync<ApprovalRecord>($"api/approvals/{path}", request, cancellationToken);
        if (record.Decision is null) return ApprovalsCommand.Show(record, json, ExitCodes.WaitingForApproval);

        await plane.PollAsync<RunDetails>($"api/runs/{path}", r => r.Status is not RunStatus.WaitingForApproval, cancellationToken);
        var exitCode = await new RunFollower(plane, json).FollowToEndAsync(runId, cancellationToken);
        // A rejection that ends the run as rejected did what it was asked to.
        return request.Decision is "reject" && exitCode is ExitCodes.JobFailed ? ExitCodes.Done : exitCode;
    }
}
