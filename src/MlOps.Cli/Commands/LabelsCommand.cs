using System.CommandLine;
using System.Net.Http.Headers;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Monitoring.Labels;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops labels</c> and <c>mlops labels add</c>: what turned out to be true of what was predicted.</summary>
internal static class LabelsCommand
{
    public static Command Create()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var json = CommandLine.JsonOption();
        var command = new Command("labels", "What turned out to be true of an endpoint's predictions.") { CreateAdd() };
        var show = new Command("show", "Show what became of the labels that came.") { endpoint, json };
        show.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(endpoint), parsed.GetValue(json), cancellationToken));
        command.Add(show);
        return command;
    }

    private static Command CreateAdd()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var files = new Argument<FileInfo[]>("file")
        {
            Description = "Files with the columns request, row, label, time, or the endpoint's key columns in place of the first two: .csv, .json, .jsonl, .ndjson, .parquet.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = CommandLine.JsonOption();
        var command = new Command("add", CommandLine.WithExamples(
            "Give predictions their labels, in any order, late or twice. All labels of a file are taken or none.",
            "mlops labels add flight-delay late.csv",
            "mlops labels add flight-delay 2001-03-01.parquet 2001-03-02.parquet --json"))
        {
            endpoint, files, json,
        };
        command.SetAction((parsed, cancellationToken) => AddAsync(parsed.GetRequiredValue(endpoint), parsed.GetRequiredValue(files), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> AddAsync(string endpoint, FileInfo[] files, bool json, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            if (!file.Exists) throw CommandException.BadInput($"There is no file {file.FullName}.");
            _ = TypeOf(file);
        }
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var accepted = 0;
        foreach (var file in files)
        {
            using var content = new StreamContent(file.OpenRead());
            content.Headers.ContentType = new MediaTypeHeaderValue(TypeOf(file));
            accepted += (await plane.SendAsync<AcceptedLabels>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/labels", content, cancellationToken)).Accepted;
        }
        if (json) Terminal.WriteJson(new { accepted });
        else Terminal.Results.WriteLine($"{accepted} labels taken; they find their predictions at the next run of the monitors.");
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string endpoint, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var counts = await plane.GetAsync<LabelCounts>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/labels", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(counts);
            return ExitCodes.Done;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, count) in new[]
        {
            ("received", counts.Received), ("matched", counts.Matched), ("repeated", counts.Repeated),
            ("contradicting", counts.Contradicting), ("waiting", counts.Waiting), ("unknown", counts.Unknown),
        })
            grid.AddRow(new Text(name), new Text($"{count:N0}"));
        Terminal.Results.Write(grid);
        return ExitCodes.Done;
    }

    private static string TypeOf(FileInfo file) => file.Extension.ToLowerInvariant() switch
    {
        ".csv" => "text/csv",
        ".json" or ".jsonl" or ".ndjson" => "application/x-ndjson",
        ".parquet" => "application/vnd.apache.parquet",
        _ => throw CommandException.BadInput($"{file.Name}: labels come as .csv, .json, .jsonl, .ndjson or .parquet."),
    };
}
