using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Endpoints;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops endpoints</c>: what answers, what answered, and the way back.</summary>
internal static class EndpointsCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("endpoints", CommandLine.WithExamples(
            "List endpoints, show what they answer with, or go back to an earlier version.",
            "mlops endpoints",
            "mlops endpoints history flight-delay",
            "mlops endpoints rollback flight-delay --reason 'Complaints about late answers.'"))
        {
            json, CreateShow(), CreateHistory(), CreateRollback(), EndpointExportCommand.Create(),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var (name, json) = (NameArgument(), CommandLine.JsonOption());
        var command = new Command("show", "Show what an endpoint answers with.") { name, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateHistory()
    {
        var (name, json) = (NameArgument(), CommandLine.JsonOption());
        var command = new Command("history", "List what an endpoint answered with, newest first.") { name, json };
        command.SetAction((parsed, cancellationToken) => HistoryAsync(parsed.GetRequiredValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateRollback()
    {
        var (name, json) = (NameArgument(), CommandLine.JsonOption());
        var to = new Option<int?>("--to") { Description = "Revision to go back to. Default: what answered before." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command("rollback", "Let an endpoint answer with an earlier version again. A release under way is taken back.") { name, to, reason, json };
        command.SetAction((parsed, cancellationToken) => RollBackAsync(
            parsed.GetRequiredValue(name), parsed.GetValue(to), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var manifests = new List<EndpointManifest>();
        foreach (var name in await plane.GetAsync<IReadOnlyList<string>>("api/endpoints", cancellationToken))
            manifests.Add(await plane.GetAsync<EndpointManifest>(PathOf(name), cancellationToken));
        if (json)
        {
            Terminal.WriteJson(new { endpoints = manifests });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Endpoint", "Revision", "Answers with", "Release under way");
        foreach (var manifest in manifests)
            table.AddRow(new Text(manifest.Endpoint), new Text($"{manifest.Revision}"), new Text(VariantsOf(manifest)), new Text(manifest.Hold?.Release ?? ""));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string name, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        Write(await plane.GetAsync<EndpointManifest>(PathOf(name), cancellationToken), json);
        return ExitCodes.Done;
    }

    private static async Task<int> HistoryAsync(string name, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var history = (await plane.GetAsync<Page<EndpointManifest>>($"{PathOf(name)}/history", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { history });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Revision", "Written (UTC)", "By", "Answers with", "Why");
        foreach (var manifest in history)
            table.AddRow(new Text($"{manifest.Revision}{(manifest.Hold is null ? "" : " *")}"), new Text($"{manifest.UpdatedAt:yyyy-MM-dd HH:mm:ss}"), new Text(manifest.UpdatedBy), new Text(VariantsOf(manifest)), new Text(manifest.Reason));
        Terminal.Results.Write(table);
        Terminal.Results.MarkupLine("[grey]* a step of a release[/]");
        return ExitCodes.Done;
    }

    private static async Task<int> RollBackAsync(string name, int? to, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        Write(await plane.PostAsync<EndpointManifest>($"{PathOf(name)}/rollback", new RollbackOrder(to, reason), cancellationToken), json);
        return ExitCodes.Done;
    }

    private static void Write(EndpointManifest manifest, bool json)
    {
        if (json)
        {
            Terminal.WriteJson(manifest);
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("endpoint"), new Text($"{manifest.Endpoint}, revision {manifest.Revision}"));
        foreach (var v in manifest.Variants)
            grid.AddRow(new Text(v.Name), new Text($"{v.Model} version {v.Version}: {v.Weight} % of the traffic{(v.Mirror > 0 ? $", {v.Mirror} % mirrored" : "")}"));
        if (manifest.Hold is { } hold) grid.AddRow(new Text("release"), new Text($"{hold.Release}, since {hold.Since:u}"));
        if (manifest.StickyBy is { } column) grid.AddRow(new Text("sticky by"), new Text(column));
        grid.AddRow(new Text("written"), new Text($"{manifest.UpdatedAt:u} by {manifest.UpdatedBy}: {manifest.Reason}"));
        Terminal.Results.Write(grid);
    }

    private static Argument<string> NameArgument() => new("name") { Description = "Name of the endpoint." };

    private static string PathOf(string name) => $"api/endpoints/{Uri.EscapeDataString(name)}";

    private static string VariantsOf(EndpointManifest manifest) => manifest.Variants.Count is 0
        ? "nothing"
        : string.Join(", ", manifest.Variants.Select(v => $"{v.Name} {v.Model}/{v.Version} {v.Weight} %{(v.Mirror > 0 ? $" (mirrors {v.Mirror} %)" : "")}"));
}
