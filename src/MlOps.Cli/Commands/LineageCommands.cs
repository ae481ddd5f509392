using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets lineage</c> and <c>mlops models lineage</c>: from files to endpoints.</summary>
internal static class LineageCommands
{
    public static Command CreateForDataset()
    {
        var (name, version, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument(), CommandLine.JsonOption());
        var command = new Command("lineage", CommandLine.WithExamples(
            "The files that a version was made of, the models that were trained on it, and where they answer.", "mlops datasets lineage flight-delay 3f2a9c"))
        {
            name, version, json,
        };
        command.SetAction((parsed, cancellationToken) => ShowAsync(
            $"{DatasetsCommand.PathOf(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version))}/lineage", parsed.GetValue(json), cancellationToken));
        return command;
    }

    public static Command CreateForModel()
    {
        var name = new Argument<string>("model") { Description = "Name of the model: its pipeline's." };
        var version = new Argument<int>("version") { Description = "Number of the version." };
        var json = CommandLine.JsonOption();
        var command = new Command("lineage", CommandLine.WithExamples(
            "The exact data that a version was trained on, back to the files, and where it answers.", "mlops models lineage flight-delay 1"))
        {
            name, version, json,
        };
        command.SetAction((parsed, cancellationToken) => ShowAsync(
            $"api/models/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/versions/{parsed.GetRequiredValue(version)}/lineage", parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ShowAsync(string path, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var lineage = await plane.GetAsync<Lineage>(path, cancellationToken);
        if (json)
        {
            Terminal.WriteJson(lineage);
            return ExitCodes.Done;
        }

        var tree = new Tree("data");
        foreach (var dataset in lineage.Datasets)
        {
            var node = tree.AddNode(new Text($"{dataset.Name}@{dataset.Version[..12]}  {dataset.Rows:N0} rows, ingested {dataset.CreatedAt:yyyy-MM-dd HH:mm:ss} by run {dataset.RunId}"));
            foreach (var source in dataset.Sources) node.AddNode(new Text($"{source.Name}  {source.Rows:N0} rows  sha256 {source.Sha256[..12]}"));
        }
        Terminal.Results.Write(tree);

        var models = new Tree("models");
        foreach (var model in lineage.Models)
        {
            var node = models.AddNode(new Text($"{model.Model} version {model.Version}: {model.Stage}, by run {model.RunId}, model.onnx sha256 {model.Sha256[..12]}"));
            node.AddNode(new Text($"trained on {string.Join(", ", model.Datasets.Select(d => d[..12]))}{(model.Examples is { } e ? $": {e.Train:N0} train, {e.Validation:N0} validation, {e.Test:N0} test" : "")}"));
            foreach (var (endpoint, variant, weight) in model.Endpoints) node.AddNode(new Text($"answers on {endpoint} as {variant}, {weight} % of requests"));
        }
        Terminal.Results.Write(models);
        return ExitCodes.Done;
    }
}
