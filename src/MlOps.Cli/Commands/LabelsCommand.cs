using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Json;
using MlOps.Monitoring.Labels;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops labels</c>: what turned out to be true of what was predicted.</summary>
internal static class LabelsCommand
{
    private const string Columns =
        "Files with the columns request, row, label, time, or the endpoint's key columns in place of the first two: .csv, .json, .jsonl, .ndjson, .parquet.";

    public static Command Create()
    {
        var endpoint = Endpoint();
        var json = CommandLine.JsonOption();
        var show = new Command("show", "Show what became of the labels that came.") { endpoint, json };
        show.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(endpoint), parsed.GetValue(json), cancellationToken));
        return new Command("labels", "What turned out to be true of an endpoint's predictions.") { CreateAdd(), CreateCorrect(), show };
    }

    private static Argument<string> Endpoint() => new("endpoint") { Description = "Name of the endpoint." };

    private static Command CreateAdd()
    {
        var endpoint = Endpoint();
        var files = new Argument<FileInfo[]>("file") { Description = Columns, Arity = ArgumentArity.OneOrMore };
        var json = CommandLine.JsonOption();
        var command = new Command("add", CommandLine.WithExamples(
            "Give predictions their labels, in any order, late or twice. All labels of a file are taken or none.",
            "mlops labels add flight-delay late.csv",
            "mlops labels add flight-delay 2001-03-01.parquet 2001-03-02.parquet --json"))
        {
            endpoint, files, json,
        };
        command.SetAction((parsed, cancellationToken) =>
            SendAsync(HttpMethod.Post, PathOf(parsed.GetRequiredValue(endpoint)), ContentsOf(parsed.GetRequiredValue(files)), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateCorrect()
    {
        var endpoint = Endpoint();
        var files = new Argument<FileInfo[]>("file") { Description = Columns, Arity = ArgumentArity.ZeroOrMore };
        var request = new Option<string?>("--request") { Description = "Without a file: the id of the request whose label is wrong." };
        var row = new Option<int>("--row") { Description = "The row's position in that request." };
        var label = new Option<string?>("--label") { Description = "What is true of that row." };
        var reason = new Option<string>("--reason") { Description = "Why; goes into the audit log.", Required = true };
        var json = CommandLine.JsonOption();
        var command = new Command("correct", CommandLine.WithExamples(
            "Put labels right: these stand from now on, and the monitors measure again what they change.",
            "mlops labels correct flight-delay --request e54f5775c8280000000000000000 --label false --reason 'the feed mixed up two flights'",
            "mlops labels correct flight-delay corrected.csv --reason 'the feed of 3 March was of another airport'"))
        {
            endpoint, files, request, row, label, reason, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var contents = (parsed.GetValue(files) ?? [], parsed.GetValue(request), parsed.GetValue(label)) switch
            {
                ({ Length: > 0 } given, null, null) => ContentsOf(given),
                ({ Length: 0 }, { } id, { } text) => [JsonContent.Create(new { labels = new[] { new { request = id, row = parsed.GetValue(row), label = ValueOf(text) } } }, options: MlOpsJson.Compact)],
                _ => throw CommandException.BadInput("Give files with the right labels, or one label with --request ID and --label VALUE."),
            };
            return SendAsync(HttpMethod.Put, $"{PathOf(parsed.GetRequiredValue(endpoint))}?reason={Uri.EscapeDataString(parsed.GetRequiredValue(reason))}", contents, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static string PathOf(string endpoint) => $"api/endpoints/{Uri.EscapeDataString(endpoint)}/labels";

    private static async Task<int> SendAsync(HttpMethod method, string path, IReadOnlyList<HttpContent> contents, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var accepted = 0;
        foreach (var content in contents)
        {
            using (content) accepted += (await plane.SendAsync<AcceptedLabels>(method, path, content, cancellationToken)).Accepted;
        }
        if (json) Terminal.WriteJson(new { accepted });
        else Terminal.Results.WriteLine($"{accepted} labels taken; they find their predictions at the next run of the monitors.");
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string endpoint, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var counts = await plane.GetAsync<LabelCounts>(PathOf(endpoint), cancellationToken);
        if (json)
        {
            Terminal.WriteJson(counts);
            return ExitCodes.Done;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, count) in new[]
        {
            ("received", counts.Received), ("matched", counts.Matched), ("repeated", counts.Repeated), ("contradicting", counts.Contradicting),
            ("corrected", counts.Corrected), ("waiting", counts.Waiting), ("unknown", counts.Unknown),
        })
            grid.AddRow(new Text(name), new Text($"{count:N0}"));
        Terminal.Results.Write(grid);
        return ExitCodes.Done;
    }

    /// <summary>The files, each checked before the first is sent.</summary>
    private static IReadOnlyList<HttpContent> ContentsOf(FileInfo[] files)
    {
        var types = files.Select(f => f.Exists ? TypeOf(f) : throw CommandException.BadInput($"There is no file {f.FullName}.")).ToList();
        return [.. files.Zip(types, (file, type) => new StreamContent(file.OpenRead()) { Headers = { ContentType = new MediaTypeHeaderValue(type) } })];
    }

    /// <summary>A number, a truth value, or else a text.</summary>
    private static JsonElement ValueOf(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }

    private static string TypeOf(FileInfo file) => file.Extension.ToLowerInvariant() switch
    {
        ".csv" => "text/csv",
        ".json" or ".jsonl" or ".ndjson" => "application/x-ndjson",
        ".parquet" => "application/vnd.apache.parquet",
        _ => throw CommandException.BadInput($"{file.Name}: labels come as .csv, .json, .jsonl, .ndjson or .parquet."),
    };
}
