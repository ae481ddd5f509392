using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Models;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops models</c> and <c>mlops models show</c>.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("models", CommandLine.WithExamples(
            "List model versions, or show one.", "mlops models", "mlops models show flight-delay 1 --json"))
        {
            json, CreateShow(), LineageCommands.CreateForModel(),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var name = new Argument<string>("model") { Description = "Name of the model: its pipeline's." };
        var version = new Argument<int>("version") { Description = "Number of the version." };
        var json = CommandLine.JsonOption();
        var command = new Command("show", "Show a model version with the moves of its life.") { name, version, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(version), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var models = (await plane.GetAsync<Page<ModelVersionRecord>>("api/models", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { models });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Model", "Version", "Stage", "Created (UTC)", "Metrics", "SHA-256");
        foreach (var model in models)
            table.AddRow(new Text(model.Name), new Text($"{model.Version}"), new Text(model.Stage.ToString()), new Text($"{model.CreatedAt:yyyy-MM-dd HH:mm:ss}"), new Text(MetricsOf(model)), new Text(model.Sha256[..12]));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string name, int version, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var model = await plane.GetAsync<ModelVersionRecord>($"api/models/{Uri.EscapeDataString(name)}/versions/{version}", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(model);
            return ExitCodes.Done;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("model"), new Text($"{model.Name} version {model.Version}: {model.Stage}"));
        grid.AddRow(new Text("run"), new Text(model.RunId));
        grid.AddRow(new Text("datasets"), new Text(string.Join(", ", model.Datasets)));
        grid.AddRow(new Text("sha256"), new Text(model.Sha256));
        if (model.Package is { } package) grid.AddRow(new Text("package sha256"), new Text(package));
        grid.AddRow(new Text("package"), new Text((await plane.StorageAsync(cancellationToken)).PlaceOf(model.Path)));
        grid.AddRow(new Text("metrics"), new Text(MetricsOf(model)));
        foreach (var move in model.History)
            grid.AddRow(new Text($"{move.At:yyyy-MM-dd HH:mm:ss}"), new Text($"{move.Stage} by {move.By}: {move.Reason}"));
        Terminal.Results.Write(grid);
        return ExitCodes.Done;
    }

    private static string MetricsOf(ModelVersionRecord model) => string.Join("  ", model.Metrics.Select(m => $"{m.Key} {m.Value:0.####}"));
}
