using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Approvals;
using MlOps.Core.Releases;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops releases</c>: releases under way and those that have ended, and orders to them.</summary>
internal static class ReleasesCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("releases", CommandLine.WithExamples(
            "List releases, show one, take one back, or let one go on at once.",
            "mlops releases",
            "mlops releases show flight-delay-20010301-081500-3f2a",
            "mlops releases promote flight-delay-20010301-081500-3f2a --reason 'Looks good at 10 %.'"))
        {
            json, CreateShow(), CreateCertify(),
            CreateOrder("abort", "Take a release under way back: the endpoint answers with what it answered with before."),
            CreateOrder("promote", "Let a release wait no longer: it goes on with its next step."),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var command = new Command("show", "Show a release with its history.") { id, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(id), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateCertify()
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var reject = new Option<bool>("--reject") { Description = "Refuse the certificate: the version is not released." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command("certify", "Certify the staged version of a release that waits for it, or refuse to.") { id, reject, reason, json };
        command.SetAction((parsed, cancellationToken) => CertifyAsync(
            parsed.GetRequiredValue(id), parsed.GetValue(reject), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateOrder(string order, string description)
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command(order, description) { id, reason, json };
        command.SetAction((parsed, cancellationToken) => OrderAsync(
            parsed.GetRequiredValue(id), order, parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var releases = (await plane.GetAsync<Page<ReleaseRecord>>("api/releases", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { releases });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Release", "Endpoint", "Version", "Strategy", "Status", "Traffic", "");
        foreach (var release in releases)
            table.AddRow(new Text(release.Id), new Text(release.Endpoint), new Text($"{release.Model.Name}/{release.Model.Version}"), new Text($"{release.Strategy}"), new Text($"{release.Status}"), new Text($"{release.Traffic} %"), new Text(release.Message));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string id, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        Write(await plane.GetAsync<ReleaseRecord>($"api/releases/{Uri.EscapeDataString(id)}", cancellationToken), json);
        return ExitCodes.Done;
    }

    private static async Task<int> OrderAsync(string id, string order, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = $"api/releases/{Uri.EscapeDataString(id)}";
        var release = await plane.PostAsync<ReleaseRecord>($"{path}/{order}", new OrderRequest(reason), cancellationToken);
        // An aborted release lets go of its endpoint within moments; who ordered it wants to see that.
        if (order is "abort") release = await plane.PollAsync<ReleaseRecord>(path, r => r.Status.IsFinal(), cancellationToken);
        Write(release, json);
        return ExitCodes.Done;
    }

    private static async Task<int> CertifyAsync(string id, bool reject, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        await plane.PostAsync<ApprovalRecord>($"api/approvals/{Uri.EscapeDataString($"{id}:certificate")}", new DecisionRequest(reject ? "reject" : "approve", reason), cancellationToken);
        Write(await plane.PollAsync<ReleaseRecord>($"api/releases/{Uri.EscapeDataString(id)}", r => r.Status is not ReleaseStatus.Certifying, cancellationToken), json);
        return ExitCodes.Done;
    }

    private static void Write(ReleaseRecord release, bool json)
    {
        if (json)
        {
            Terminal.WriteJson(release);
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("release"), new Text($"{release.Id}: {release.Status}"));
        grid.AddRow(new Text("version"), new Text($"{release.Model.Name} version {release.Model.Version} on endpoint {release.Endpoint}, {release.Strategy}"));
        grid.AddRow(new Text("traffic"), new Text($"{release.Traffic} %{(release.Steps > 0 ? $", step {release.Step} of {release.Steps}" : "")}{(release.StepEndsAt is { } end ? $" until {end:u}" : "")}"));
        foreach (var condition in release.Conditions)
            grid.AddRow(new Text(condition.Met switch { true => "met", false => "broken", null => "not judged" }), new Text(condition.Detail));
        if (release.TestReport is { } report) grid.AddRow(new Text("tests"), new Text(Path.ChangeExtension(Path.Combine(Installation.Home.Path, report), ".html")));
        foreach (var move in release.History) grid.AddRow(new Text($"{move.At:yyyy-MM-dd HH:mm:ss}"), new Text($"{move.By}: {move.What}"));
        Terminal.Results.Write(grid);
    }

    private static Argument<string> IdArgument() => new("release") { Description = "Id of the release: its run's." };
}
