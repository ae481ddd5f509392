using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Functions.Api;
using MlOps.Monitoring.Reading;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops predictions</c>: what endpoints have answered.</summary>
internal static class PredictionsCommand
{
    private const int PageRows = 1000;

    public static Command Create() => new("predictions", "What an endpoint has answered, row by row.") { CreateList() };

    private static Command CreateList()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var from = CommandLine.TimeOption("--from", "Event time from here on; UTC where it does not say.");
        var to = CommandLine.TimeOption("--to", "Event time before this; UTC where it does not say.");
        var variant = new Option<string?>("--variant") { Description = "Only what this variant answered." };
        var version = new Option<int?>("--version") { Description = "Only what this version of the model answered." };
        var request = new Option<string?>("--request") { Description = "Only the rows of this request." };
        var labelled = new Option<bool?>("--labelled") { Description = "true: only rows with a label; false: only those without." };
        var limit = new Option<int>("--limit") { Description = "Most rows.", DefaultValueFactory = _ => 20 };
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the audit log." };
        var json = CommandLine.JsonOption();
        var command = new Command("list", CommandLine.WithExamples(
            "List logged predictions with the labels that have come, newest first by event time. The audit log notes who looks.",
            "mlops predictions list flight-delay",
            "mlops predictions list flight-delay --from 2001-03-01 --to 2001-03-02 --limit 1000 --json",
            "mlops predictions list flight-delay --request e54f5775c8280000000000000000 --reason 'The passenger asks.'"))
        {
            endpoint, from, to, variant, version, request, labelled, limit, reason, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var filter = new PredictionFilter
            {
                From = parsed.GetValue(from), To = parsed.GetValue(to), Variant = parsed.GetValue(variant), Version = parsed.GetValue(version), Request = parsed.GetValue(request),
                Labelled = parsed.GetValue(labelled),
            };
            return ListAsync(parsed.GetRequiredValue(endpoint), filter, parsed.GetValue(limit), parsed.GetValue(reason), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ListAsync(string endpoint, PredictionFilter filter, int limit, string? reason, bool json, CancellationToken cancellationToken)
    {
        if (limit < 1) throw CommandException.BadInput($"--limit is {limit}: it must be at least 1.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var rows = new List<LoggedPrediction>();
        string? token = null;
        do
        {
            var page = await plane.GetAsync<Page<LoggedPrediction>>(PathOf(endpoint, filter, Math.Min(limit - rows.Count, PageRows), reason, token), cancellationToken);
            rows.AddRange(page.Items);
            token = page.ContinuationToken;
        }
        while (token is not null && rows.Count < limit);
        if (json) Terminal.WriteJson(new { predictions = rows, continuationToken = token });
        else Print(rows, token is not null);
        return ExitCodes.Done;
    }

    private static void Print(List<LoggedPrediction> rows, bool areMore)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Time (UTC)", "Request", "Row", "Version", "Variant", "Status", "ms", "Scores", "Label", "Values");
        foreach (var row in rows)
        {
            table.AddRow(
                new Text($"{row.Time:yyyy-MM-dd HH:mm:ss}"), new Text(row.Request), new Text(Number(row.Row)), new Text($"{row.Model}/{row.Version}"),
                new Text($"{row.Variant}{(row.Mirrored ? ", mirrored" : "")}{(row.Probe ? ", probe" : "")}"), new Text($"{row.Status}"), new Text(Number(row.LatencyMs)), new Text($"{row.Scores}"),
                new Text(row.Label ?? ""), new Text($"{row.Instance}"));
        }

        Terminal.Results.Write(table);
        if (areMore) Terminal.Progress.MarkupLine("There are more: --limit shows more rows, --from and --to other times.");
    }

    private static string Number(double? value) => value?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";

    private static string PathOf(string endpoint, PredictionFilter filter, int take, string? reason, string? token)
    {
        (string Name, string? Value)[] parameters =
        [
            ("from", filter.From?.ToString("O", CultureInfo.InvariantCulture)), ("to", filter.To?.ToString("O", CultureInfo.InvariantCulture)), ("variant", filter.Variant),
            ("version", filter.Version?.ToString(CultureInfo.InvariantCulture)), ("requestId", filter.Request), ("labelled", filter.Labelled switch { true => "true", false => "false", null => null }),
            ("reason", reason), ("continuationToken", token), ("take", take.ToString(CultureInfo.InvariantCulture)),
        ];
        return $"api/endpoints/{Uri.EscapeDataString(endpoint)}/predictions?{string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"))}";
    }
}
