using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Datasets;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets</c> and <c>mlops datasets show</c>.</summary>
internal static class DatasetsCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("datasets", CommandLine.WithExamples(
            "List dataset versions, or show one.", "mlops datasets", "mlops datasets show flight-delay 3f2a9c"))
        {
            json, CreateShow(),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var name = new Argument<string>("dataset") { Description = "Name of the dataset: its pipeline's." };
        var version = new Argument<string>("version") { Description = "The version, or its first digits." };
        var json = CommandLine.JsonOption();
        var command = new Command("show", "Show a dataset version with the files that it was made of.") { name, version, json };
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

        var table = new Table().Border(TableBorder.Simple).AddColumns("Dataset", "Version", "Rows", "Quarantined", "Passed", "From", "To");
        foreach (var d in datasets)
            table.AddRow(d.Name, d.Version[..12], $"{d.Rows:N0}", $"{d.Quarantined:N0}", d.Passed switch { true => "yes", false => "no", _ => "" }, $"{d.MinTime:yyyy-MM-dd}", $"{d.MaxTime:yyyy-MM-dd}");
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string name, string version, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var dataset = await plane.GetAsync<DatasetRecord>(
            $"api/datasets/{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(dataset);
            return ExitCodes.Done;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("dataset"), new Text($"{dataset.Name}@{dataset.Version}"));
        grid.AddRow(new Text("rows"), new Text($"{dataset.Rows:N0}, {dataset.Quarantined:N0} of them or of the unreadable quarantined"));
        grid.AddRow(new Text("time"), new Text($"{dataset.MinTime:u} to {dataset.MaxTime:u}"));
        grid.AddRow(new Text("run"), new Text(dataset.RunId));
        foreach (var source in dataset.Sources)
            grid.AddRow(new Text("source"), new Text($"{source.Name}  {source.Rows:N0} rows  {source.Bytes:N0} bytes  sha256 {source.Sha256}"));
        Terminal.Results.Write(grid);
        return ExitCodes.Done;
    }
}
