using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Datasets;
using MlOps.Functions.Api;
using MlOps.Pipelines.Datasets;
using MlOps.Storage.Datasets;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets diff</c>, <c>profile</c> and <c>tag</c>: tell versions apart, look into one, name one.</summary>
internal static class DatasetVersionCommands
{
    public static Command CreateDiff()
    {
        var (name, from, to, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument("from"), DatasetsCommand.VersionArgument("to"), CommandLine.JsonOption());
        var key = new Option<string?>("--key") { Description = "Columns that tell rows apart, with commas. Default: those of the pipeline's first check 'unique'; without one, all." };
        var command = new Command("diff", CommandLine.WithExamples(
            "What changed between two versions: rows, columns, distributions.", "mlops datasets diff flight-delay 3f2a9c 77b01e --key date,origin"))
        {
            name, from, to, key, json,
        };
        command.SetAction((parsed, cancellationToken) => DiffAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(key), parsed.GetValue(json), cancellationToken));
        return command;
    }

    public static Command CreateProfile()
    {
        var (name, version, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument(), CommandLine.JsonOption());
        var command = new Command("profile", "Say where the pages are that describe a version; with --json print its profile.") { name, version, json };
        command.SetAction((parsed, cancellationToken) => ProfileAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(version), parsed.GetValue(json), cancellationToken));
        return command;
    }

    public static Command CreateQuarantine()
    {
        var (name, version, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument(), CommandLine.JsonOption());
        var take = new Option<int>("--take") { Description = "Most rows of each kind, 1 to 1,000.", DefaultValueFactory = _ => 20 };
        var reason = new Option<string?>("--reason") { Description = "Why you look; kept in the audit log." };
        var command = new Command("quarantine", CommandLine.WithExamples(
            "Rows of a version that were set apart, with their reasons. The audit log notes who looks.", "mlops datasets quarantine flight-delay 3f2a9c --take 5"))
        {
            name, version, take, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => QuarantineAsync(
            $"{DatasetsCommand.PathOf(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version))}/quarantine?take={parsed.GetValue(take)}{(parsed.GetValue(reason) is { } why ? $"&reason={Uri.EscapeDataString(why)}" : "")}", parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> QuarantineAsync(string path, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var page = await plane.GetAsync<QuarantinePage>(path, cancellationToken);
        if (json)
        {
            Terminal.WriteJson(page);
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("File", "Row", "Reasons", "Values");
        foreach (var row in page.Rows)
        {
            var values = string.Join(", ", row.Values.Select(v => $"{v.Key}={v.Value ?? "missing"}"));
            table.AddRow(new Text(row.File), new Text($"{row.Row:N0}"), new Text(string.Join("; ", row.Reasons)), new Text(values));
        }
        foreach (var row in page.UnreadableRows)
            table.AddRow(new Text(row.File), new Text($"{row.Row:N0}"), new Text($"{row.Column} {row.Reason}".Trim()), new Text(row.Value));
        Terminal.Results.Write(table);
        Terminal.Results.WriteLine($"{page.Broken:N0} rows break a rule, {page.Unreadable:N0} could not be read");
        return ExitCodes.Done;
    }

    public static Command CreateTag()
    {
        var (name, version, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument(), CommandLine.JsonOption());
        var tag = new Argument<string>("tag") { Description = $"A name: {DatasetTag.Rule}." };
        var command = new Command("tag", CommandLine.WithExamples(
            "Give a version a name; one that another version has moves.", "mlops datasets tag flight-delay 3f2a9c q1-reviewed"))
        {
            name, version, tag, json,
        };
        command.SetAction((parsed, cancellationToken) => TagAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(version), parsed.GetRequiredValue(tag), parsed.GetValue(json), cancellationToken));
        return command;
    }

    public static Command CreateUntag()
    {
        var (name, json) = (DatasetsCommand.NameArgument(), CommandLine.JsonOption());
        var tag = new Argument<string>("tag") { Description = "The tag." };
        var reason = new Option<string?>("--reason") { Description = "Why, for the audit log." };
        var command = new Command("untag", CommandLine.WithExamples("Take a name away; the version stays.", "mlops datasets untag flight-delay q1-reviewed --reason 'January was measured wrong.'"))
        {
            name, tag, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => UntagAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(tag), parsed.GetValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> UntagAsync(string name, string tag, string? reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var taken = await plane.DeleteAsync<DatasetTag>(
            $"api/datasets/{Uri.EscapeDataString(name)}/tags/{Uri.EscapeDataString(tag)}?reason={Uri.EscapeDataString(reason ?? "")}", cancellationToken);
        if (json) Terminal.WriteJson(taken);
        else Terminal.Results.WriteLine($"{taken.Dataset}@{taken.Version[..12]} is no longer '{taken.Tag}'");
        return ExitCodes.Done;
    }

    private static async Task<int> DiffAsync(string name, string from, string to, string? key, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var columns = key?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var comparison = await OperationFollower.RunAsync<DatasetComparison>(
            plane, $"api/datasets/{Uri.EscapeDataString(name)}/diffs", new CompareRequest(from, to, columns), cancellationToken);
        if (json) Terminal.WriteJson(comparison);
        else Write(comparison);
        return ExitCodes.Done;
    }

    private static void Write(DatasetComparison comparison)
    {
        var diff = comparison.Diff;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("rows"), new Text($"{diff.OldRows:N0} to {diff.NewRows:N0}: {diff.Added:N0} added, {diff.Removed:N0} removed, {diff.Changed:N0} changed"));
        grid.AddRow(new Text("told apart by"), new Text(comparison.Key.Count is 0 ? "all their values" : string.Join(", ", comparison.Key)));
        if (comparison.Note is { } note) grid.AddRow(new Text("note"), new Text($"The declared key was not used. {note}"));
        foreach (var (column, count) in diff.ChangedColumns) grid.AddRow(new Text("changed"), new Text($"{column} in {count:N0} rows"));
        foreach (var change in diff.Schema)
            grid.AddRow(new Text("column"), new Text($"{change.Column}: {change.OldType?.ToString() ?? "not there"} to {change.NewType?.ToString() ?? "not there"}"));
        foreach (var column in diff.Drift.Columns)
            grid.AddRow(new Text(column.Drifted ? "drifted" : "alike"), new Text($"{column.Column}: {column.Detail}"));
        Terminal.Results.Write(grid);
    }

    private static async Task<int> ProfileAsync(string name, string version, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var profile = await plane.GetAsync<DatasetProfile>($"{DatasetsCommand.PathOf(name, version)}/profile", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(profile);
            return ExitCodes.Done;
        }

        var dataset = (await plane.GetAsync<DatasetDetails>(DatasetsCommand.PathOf(name, version), cancellationToken)).Dataset;
        var storage = await plane.StorageAsync(cancellationToken);
        foreach (var file in DatasetFiles.All)
            Terminal.Results.WriteLine(storage.PlaceOf(DatasetCatalog.FileOf(dataset.Name, dataset.Version, file)));
        return ExitCodes.Done;
    }

    private static async Task<int> TagAsync(string name, string version, string tag, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var given = await plane.PutAsync<DatasetTag>(
            $"api/datasets/{Uri.EscapeDataString(name)}/tags/{Uri.EscapeDataString(tag)}", new TagRequest(version), cancellationToken);
        if (json) Terminal.WriteJson(given);
        else Terminal.Results.WriteLine($"{given.Dataset}@{given.Version[..12]} is '{given.Tag}'");
        return ExitCodes.Done;
    }
}
