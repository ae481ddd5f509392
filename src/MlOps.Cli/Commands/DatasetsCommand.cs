using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Datasets;
using MlOps.Functions.Api;
using MlOps.Storage.Datasets;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets</c>: what there is. The commands that compare and decide stand in files of their own.</summary>
internal static class DatasetsCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("datasets", CommandLine.WithExamples(
            "Dataset versions: list, compare, describe, tag, and decide about them.",
            "mlops datasets", "mlops datasets log flight-delay", "mlops datasets show flight-delay 3f2a9c", "mlops datasets diff flight-delay 3f2a9c newest-good"))
        {
            json,
            CreateLog(),
            CreateShow(),
            LineageCommands.CreateForDataset(),
            DatasetVersionCommands.CreateDiff(),
            DatasetVersionCommands.CreateProfile(),
            DatasetVersionCommands.CreateQuarantine(),
            DatasetVersionCommands.CreateTag(),
            DatasetVersionCommands.CreateUntag(),
            DatasetDecisionCommands.CreateRollback(),
            DatasetDecisionCommands.CreateRevalidate(),
            DatasetDecisionCommands.CreateAccept(),
            DatasetInferCommand.Create(),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    public static Argument<string> NameArgument() => new("dataset") { Description = "Name of the dataset: its pipeline's." };

    public static Argument<string> VersionArgument(string name = "version") => new(name) { Description = "The version's first digits, or a tag." };

    /// <summary>Path of a version's routes in the API.</summary>
    public static string PathOf(string name, string version) => $"api/datasets/{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}";

    private static Command CreateLog()
    {
        var name = NameArgument();
        var json = CommandLine.JsonOption();
        var command = new Command("log", "List the versions of a dataset with their tags and models, newest first.") { name, json };
        command.SetAction((parsed, cancellationToken) => LogAsync(parsed.GetRequiredValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var (name, version, json) = (NameArgument(), VersionArgument(), CommandLine.JsonOption());
        var command = new Command("show", "Show a dataset version: its files, what failed, and the models trained on it.") { name, version, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(version), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var datasets = (await plane.GetAsync<Page<DatasetRecord>>("api/datasets", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { datasets });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Dataset", "Version", "Rows", "Quarantined", "State", "From", "To");
        foreach (var d in datasets)
            table.AddRow(new Text(d.Name), new Text(d.Version[..12]), new Text($"{d.Rows:N0}"), new Text($"{d.Quarantined:N0}"), new Text(StateOf(d)), new Text($"{d.MinTime:yyyy-MM-dd}"), new Text($"{d.MaxTime:yyyy-MM-dd}"));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> LogAsync(string name, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var versions = (await plane.GetAsync<Page<DatasetDetails>>($"api/datasets/{Uri.EscapeDataString(name)}/versions", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { versions });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Version", "Ingested (UTC)", "Rows", "State", "Tags", "Models", "Files");
        foreach (var (dataset, tags, models) in versions)
        {
            table.AddRow(
                new Text(dataset.Version[..12]), new Text($"{dataset.CreatedAt:yyyy-MM-dd HH:mm:ss}"), new Text($"{dataset.Rows:N0}"), new Text(StateOf(dataset)),
                new Text(string.Join(", ", tags)), new Text(string.Join(", ", models.Select(m => m.Version))), new Text(string.Join(", ", dataset.Sources.Select(s => s.Name))));
        }

        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string name, string version, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var details = await plane.GetAsync<DatasetDetails>(PathOf(name, version), cancellationToken);
        if (json)
        {
            Terminal.WriteJson(details);
            return ExitCodes.Done;
        }

        var (dataset, tags, models) = details;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("dataset"), new Text($"{dataset.Name}@{dataset.Version}"));
        grid.AddRow(new Text("state"), new Text(StateOf(dataset)));
        if (dataset.FailedChecks.Count > 0) grid.AddRow(new Text("failed"), new Text(string.Join("; ", dataset.FailedChecks)));
        if (dataset.Accepted is { } accepted) grid.AddRow(new Text("accepted"), new Text($"{accepted.At:yyyy-MM-dd HH:mm:ss} by {accepted.By}: {accepted.Reason}"));
        if (dataset.SetAside is { } aside) grid.AddRow(new Text("set aside"), new Text($"{aside.At:yyyy-MM-dd HH:mm:ss} by {aside.By}: {aside.Reason}"));
        if (tags.Count > 0) grid.AddRow(new Text("tags"), new Text(string.Join(", ", tags)));
        grid.AddRow(new Text("rows"), new Text($"{dataset.Rows:N0}, {dataset.Quarantined:N0} of them or of the unreadable quarantined"));
        if (dataset.MinTime is not null) grid.AddRow(new Text("time"), new Text($"{dataset.MinTime:u} to {dataset.MaxTime:u}"));
        grid.AddRow(new Text("run"), new Text(dataset.RunId));
        foreach (var source in dataset.Sources)
            grid.AddRow(new Text("source"), new Text($"{source.Name}  {source.Rows:N0} rows  {source.Bytes:N0} bytes  sha256 {source.Sha256}"));
        foreach (var model in models)
            grid.AddRow(new Text("model"), new Text($"{model.Model} version {model.Version}: {model.Stage}, by run {model.RunId}"));
        grid.AddRow(new Text("files"), new Text((await plane.StorageAsync(cancellationToken)).PlaceOf(DatasetCatalog.FileOf(dataset.Name, dataset.Version, ""))));
        Terminal.Results.Write(grid);
        return ExitCodes.Done;
    }

    private static string StateOf(DatasetRecord dataset) => dataset switch
    {
        { SetAside: not null } => "set aside",
        { Passed: true } => "passed",
        { Passed: false, IsUsable: true } => "accepted",
        { Passed: false } => "failed",
        _ => "not validated",
    };
}
