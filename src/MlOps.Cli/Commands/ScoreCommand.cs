using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Core.Scoring;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops score</c>: has a whole file scored.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint; its version in production scores." };
        var file = new Argument<FileInfo>("file") { Description = "Rows: CSV, JSON lines, a JSON array or parquet, each also as .gz or .zst." };
        var target = new Option<FileInfo?>("--out") { Description = "Where to put the output; waits for it." };
        var output = new Option<ScoringFormat?>("--output") { Description = "csv or parquet. Default: as --out is named, else CSV for a CSV file, parquet for others." };
        var wait = new Option<bool>("--wait") { Description = "Wait for the end. Without a running host this command is the host, and waits anyway." };
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the audit log." };
        var json = CommandLine.JsonOption();
        var command = new Command("score", CommandLine.WithExamples(
            "Have a whole file scored, as a durable job. The same file for the same version is the same job; one that failed begins again.",
            "mlops score flight-delay flights.csv --out scored.csv",
            "mlops score flight-delay flights.parquet --wait --json"))
        {
            endpoint, file, target, output, wait, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => ScoreAsync(
            parsed.GetRequiredValue(endpoint), parsed.GetRequiredValue(file), parsed.GetValue(target), parsed.GetValue(output), parsed.GetValue(wait), parsed.GetValue(reason), parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> ScoreAsync(
        string endpoint, FileInfo file, FileInfo? target, ScoringFormat? output, bool wait, string? reason, bool json, CancellationToken cancellationToken)
    {
        if (!file.Exists) throw CommandException.BadInput($"There is no file {file.FullName}.");
        if (target is { Directory.Exists: false }) throw CommandException.BadInput($"There is no folder {target.DirectoryName} for --out.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = $"api/endpoints/{Uri.EscapeDataString(endpoint)}/scoring?name={Uri.EscapeDataString(file.Name)}";
        if ((output ?? FormatOf(target)) is { } format) path += $"&output={format.ToString().ToLowerInvariant()}";
        if (reason is not null) path += $"&reason={Uri.EscapeDataString(reason)}";
        var job = await plane.PostFileAsync<ScoringJob>(path, file, cancellationToken);
        if (wait || target is not null || plane.IsHost) job = await ScoringFollower.EndOfAsync(plane, job, cancellationToken);
        if (target is not null && job.Status is ScoringStatus.Done) await plane.DownloadAsync($"api/scoring/{job.Id}/output", target.FullName, cancellationToken);
        return await ScoringCommand.ShowAsync(plane, job, json, cancellationToken);
    }

    private static ScoringFormat? FormatOf(FileInfo? target) => target?.Extension.ToUpperInvariant() switch
    {
        ".CSV" => ScoringFormat.Csv,
        ".PARQUET" => ScoringFormat.Parquet,
        _ => null,
    };
}
