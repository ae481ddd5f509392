using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Functions.Api;
using MlOps.Storage.Audit;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops audit</c>: who did what, and the proof that nobody changed it.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", CommandLine.WithExamples(
        "Who did what, when and why, and whether anybody changed it since.",
        "mlops audit list --resource models/flight-delay --who lead@example.com", "mlops audit verify", "mlops audit export --out audit.jsonl && mlops audit verify --file audit.jsonl --key audit.pem"))
    {
        CreateList(),
        AuditVerifyCommand.Create(),
        CreateExport(),
        CreateCheckpoint(),
        CreateKey(),
    };

    private static Command CreateList()
    {
        var who = new Option<string?>("--who") { Description = "Only what this person did; 'mlops' is the system itself." };
        var what = new Option<string?>("--what") { Description = "Only this action, or all of a kind: model.approved, model." };
        var resource = new Option<string?>("--resource") { Description = "Only entries on this or below it: runs, models/flight-delay/3." };
        var since = CommandLine.TimeOption("--since", "Only entries of this time or later, UTC: 2026-03-01, 2026-03-01T12:00:00Z.");
        var until = CommandLine.TimeOption("--until", "Only entries before this time.");
        var take = new Option<int>("--take") { Description = "Most entries.", DefaultValueFactory = _ => 50 };
        var json = CommandLine.JsonOption();
        var command = new Command("list", CommandLine.WithExamples("List entries, newest first.", "mlops audit list --what approval --since 2026-03-01"))
        {
            who, what, resource, since, until, take, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var query = new (string Name, string? Value)[]
            {
                ("actor", parsed.GetValue(who)), ("action", parsed.GetValue(what)), ("subject", parsed.GetValue(resource)),
                ("since", parsed.GetValue(since)?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)), ("until", parsed.GetValue(until)?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
            };
            var text = string.Concat(query.Where(q => q.Value is not null).Select(q => $"&{q.Name}={Uri.EscapeDataString(q.Value!)}"));
            return ListAsync(text, parsed.GetValue(take), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Command CreateExport()
    {
        var output = new Option<string?>("--out") { Description = "The file to write. Default: standard output." };
        var command = new Command("export", CommandLine.WithExamples(
            "Write the whole log with its signed checkpoints as JSON lines, to be verified anywhere.", "mlops audit export --out audit.jsonl"))
        {
            output,
        };
        command.SetAction((parsed, cancellationToken) => ExportAsync(parsed.GetValue(output), cancellationToken));
        return command;
    }

    private static Command CreateCheckpoint()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("checkpoint", "Sign where the log ends now. Every hundredth entry is signed without being asked for.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            var checkpoint = await plane.PostAsync<AuditCheckpoint>("api/audit/checkpoints", new { }, cancellationToken);
            if (parsed.GetValue(json)) Terminal.WriteJson(checkpoint);
            else Terminal.Results.WriteLine($"signed: {checkpoint.Sequence}:{checkpoint.Hash}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateKey()
    {
        var command = new Command("key", CommandLine.WithExamples(
            "Print the public key that signatures are verified with. Keep it where nobody who can write to the home can change it.", "mlops audit key > audit.pem"));
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            using var pem = new MemoryStream();
            await plane.DownloadAsync("api/audit/key", pem, cancellationToken);
            await Console.OpenStandardOutput().WriteAsync(pem.ToArray(), cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<int> ListAsync(string query, int take, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var entries = new List<AuditEntry>();
        string? token = null;
        do
        {
            var page = await plane.GetAsync<Page<AuditEntry>>(
                $"api/audit?take={Math.Clamp(take - entries.Count, 1, 1000)}{query}{(token is null ? "" : $"&continuationToken={Uri.EscapeDataString(token)}")}", cancellationToken);
            entries.AddRange(page.Items);
            token = page.ContinuationToken;
        }
        while (token is not null && entries.Count < take);
        if (json)
        {
            Terminal.WriteJson(new { entries });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("#", "When (UTC)", "Who", "What", "On", "Why");
        foreach (var (sequence, at, done, _) in entries)
            table.AddRow(new Text($"{sequence}"), new Text($"{at:yyyy-MM-dd HH:mm:ss}"), new Text(done.Actor), new Text(done.Action), new Text(done.Subject), new Text(done.Reason));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ExportAsync(string? output, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        if (output is null)
        {
            await plane.DownloadAsync("api/audit/export", Console.OpenStandardOutput(), cancellationToken);
            return ExitCodes.Done;
        }

        // Under its name it is whole.
        var unfinished = output + ".part";
        await using (var file = File.Create(unfinished)) await plane.DownloadAsync("api/audit/export", file, cancellationToken);
        File.Move(unfinished, output, overwrite: true);
        return ExitCodes.Done;
    }
}
