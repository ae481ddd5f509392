using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Approvals;
using MlOps.Core.Specification;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops approvals</c>: what waits for a decision, who has voted, and what else can be done with a vote.</summary>
internal static class ApprovalsCommand
{
    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Those that were decided, too." };
        var json = CommandLine.JsonOption();
        var list = new Command("list", "List requests for a decision.") { all, json };
        list.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(all), parsed.GetValue(json), cancellationToken));
        return new Command("approvals", CommandLine.WithExamples(
            "Requests for a decision: list them, show one, hand a vote on, take a vote or a request back.",
            "mlops approvals list",
            "mlops approvals show flight-delay-20010301-081500-3f2a",
            "mlops approvals link flight-delay-20010301-081500-3f2a --approver ann@example.com",
            "mlops approvals delegate flight-delay-20010301-081500-3f2a --to ann@example.com --reason 'On leave.'",
            "mlops approvals withdraw flight-delay-20010301-081500-3f2a --request --reason 'Trained on the wrong month.'"))
        {
            list, CreateShow(), CreateLink(), CreateDelegate(), CreateWithdraw(),
        };
    }

    /// <summary>Prints a request, and passes an exit code on.</summary>
    public static int Show(ApprovalRecord request, bool json, int exitCode)
    {
        if (json)
        {
            Terminal.WriteJson(request);
            return exitCode;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("request"), new Text(request.Id));
        grid.AddRow(new Text("model"), new Text($"{request.Model.Name} version {request.Model.Version}, sha256 {request.Model.Sha256}"));
        grid.AddRow(new Text("state"), new Text(StateOf(request)));
        grid.AddRow(new Text("asked"), new Text($"{request.RequestedAt:u}, until {request.ExpiresAt:u}"));
        grid.AddRow(new Text("approvers"), new Text(request.ApproversNamed ? string.Join(", ", request.Approvers) : "whoever may reach the API"));
        grid.AddRow(new Text("quorum"), new Text(request.Quorum is QuorumRule.Any ? "any: the first vote decides" : $"{request.Required} approvals"));
        foreach (var excluded in request.Excluded) grid.AddRow(new Text("excluded"), new Text($"{excluded.Name} {excluded.Why}"));
        foreach (var (from, to, reason, at) in request.Delegations) grid.AddRow(new Text("delegated"), new Text($"{at:u} {from} to {to}: {reason}"));
        foreach (var vote in request.Votes) grid.AddRow(new Text("vote"), new Text($"{vote.At:u} {(vote.Approved ? "yes" : "no")} by {vote.By}{ApprovalConditions.InWords(vote.Conditions)}: {vote.Reason}"));
        Terminal.Results.Write(grid);
        return exitCode;
    }

    private static Command CreateShow()
    {
        var (run, json) = (Run(), CommandLine.JsonOption());
        var command = new Command("show", "Show a request with its approvers and votes.") { run, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            return Show(await plane.GetAsync<ApprovalRecord>(PathOf(parsed.GetRequiredValue(run)), cancellationToken), parsed.GetValue(json), ExitCodes.Done);
        });
        return command;
    }

    private static Command CreateLink()
    {
        var (run, json) = (Run(), CommandLine.JsonOption());
        var approver = new Option<string?>("--approver") { Description = "Whose link it is to be. Default: you." };
        var command = new Command("link", "Make a signed link to the page on a request: whoever has it decides as the approver, once. 'mlops up' must run where it leads.") { run, approver, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            var link = await plane.PostAsync<SignedLink>($"{PathOf(parsed.GetRequiredValue(run))}/links", new LinkRequest(parsed.GetValue(approver)), cancellationToken);
            if (parsed.GetValue(json)) Terminal.WriteJson(link);
            else Console.Out.WriteLine(link.Url);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDelegate()
    {
        var (run, json) = (Run(), CommandLine.JsonOption());
        var to = new Option<string>("--to") { Description = "Name or address of the one who is to decide instead.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command("delegate", "Hand your vote to somebody else.") { run, to, reason, json };
        command.SetAction((parsed, cancellationToken) => PostAsync(
            parsed.GetRequiredValue(run), "delegation", new DelegationRequest(parsed.GetRequiredValue(to), parsed.GetValue(reason)), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateWithdraw()
    {
        var (run, json) = (Run(), CommandLine.JsonOption());
        var whole = new Option<bool>("--request") { Description = "The whole request, not only your vote; the run ends as rejected." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command("withdraw", "Take your vote back while nothing is decided, or the request as a whole.") { run, whole, reason, json };
        command.SetAction((parsed, cancellationToken) => PostAsync(
            parsed.GetRequiredValue(run), "withdrawal", new WithdrawalRequest(parsed.GetValue(whole) ? "request" : "vote", parsed.GetValue(reason)), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(bool all, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var approvals = (await plane.GetAsync<Page<ApprovalRecord>>($"api/approvals?take=1000{(all ? "" : "&open=true")}", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { approvals });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Request", "Model", "State", "Votes", "Until (UTC)");
        foreach (var request in approvals)
        {
            table.AddRow(
                new Text(request.Id), new Text($"{request.Model.Name} {request.Model.Version}"), new Text(StateOf(request)),
                new Text($"{request.Votes.Count(v => v.Approved)} of {request.Required}"), new Text($"{request.ExpiresAt:yyyy-MM-dd HH:mm:ss}"));
        }

        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> PostAsync(string runId, string act, object body, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        return Show(await plane.PostAsync<ApprovalRecord>($"{PathOf(runId)}/{act}", body, cancellationToken), json, ExitCodes.Done);
    }

    private static string StateOf(ApprovalRecord request) => request.Decision switch
    {
        null => request.Escalated ? "waiting, escalated" : "waiting",
        { Withdrawn: true } => $"withdrawn by {request.Decision.By}: {request.Decision.Reason}",
        { Approved: true } => $"approved by {request.Decision.By}{ApprovalConditions.InWords(request.Decision.Conditions)}: {request.Decision.Reason}",
        _ => $"rejected by {request.Decision.By}: {request.Decision.Reason}",
    };

    private static Argument<string> Run() => new("run") { Description = "Id of the run that waits." };

    private static string PathOf(string runId) => $"api/approvals/{Uri.EscapeDataString(runId)}";
}
