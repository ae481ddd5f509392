using System.CommandLine;
using System.Text.Json;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops predict</c>: asks an endpoint.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var instances = new Option<string[]>("--instance") { Description = "A raw row as JSON; may be given several times." };
        var file = new Option<FileInfo?>("--file") { Description = "A file with a JSON array of rows, or with one row a line; - for standard input." };
        var time = new Option<string?>("--time") { Description = "When what the rows ask about happens, with its zone: 2001-03-02T08:15:00Z. Default: as the pipeline's log.time says, else now." };
        var json = CommandLine.JsonOption();
        var command = new Command("predict", CommandLine.WithExamples(
            "Ask an endpoint for predictions.",
            """mlops predict flight-delay --instance '{"date":"2001-03-02T08:15:00","distance":405,"origin":"MCI","destination":"MDW"}'""",
            "mlops predict flight-delay --file rows.json --json"))
        {
            endpoint, instances, file, time, json,
        };
        command.SetAction((parsed, cancellationToken) => PredictAsync(
            parsed.GetRequiredValue(endpoint), [.. Parse(parsed.GetValue(instances) ?? []), .. Read(parsed.GetValue(file))], parsed.GetValue(time), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> PredictAsync(string endpoint, IReadOnlyList<JsonElement> instances, string? time, bool json, CancellationToken cancellationToken)
    {
        if (instances.Count is 0) throw CommandException.BadInput("There is no row to predict: give one with --instance JSON or --file FILE.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var response = await plane.PostAsync<PredictResponse>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/predict", new { instances, time }, cancellationToken);
        if (json)
        {
            Terminal.WriteJson(response);
            return ExitCodes.Done;
        }

        Terminal.Progress.MarkupLineInterpolated($"[grey]{response.Model} version {response.Version}[/]");
        foreach (var prediction in response.Predictions)
            Terminal.Results.WriteLine(prediction.Probability is { } p ? $"{prediction.Value}  probability {p:0.0000}" : $"{prediction.Value}");
        return ExitCodes.Done;
    }

    private static IEnumerable<JsonElement> Parse(string[] rows) => rows.Select((row, at) => ParseRow(row, $"--instance {at + 1}"));

    private static IEnumerable<JsonElement> Read(FileInfo? file)
    {
        if (file is null) return [];
        if (file.Name != "-" && !file.Exists) throw CommandException.BadInput($"There is no file {file.FullName}.");
        var text = file.Name == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file.FullName);
        return text.TrimStart().StartsWith('[')
            ? ParseRow(text, file.Name).EnumerateArray().Select(e => e.Clone())
            : text.Split('\n').Select((line, at) => (line, at)).Where(l => l.line.Trim().Length > 0).Select(l => ParseRow(l.line, $"{file.Name}:{l.at + 1}"));
    }

    private static JsonElement ParseRow(string text, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text, MlOpsJson.Compact);
        }
        catch (JsonException error)
        {
            throw CommandException.BadInput($"{where} is no JSON: {error.Message}");
        }
    }
}
