using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Scoring;
using MlOps.Functions.Api;
using MlOps.Pipelines.Scoring;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops scoring</c>: the jobs that score whole files.</summary>
internal static class ScoringCommand
{
    public static Command Create() => new("scoring", CommandLine.WithExamples(
        "The jobs that score whole files.",
        "mlops scoring list",
        "mlops scoring show flight-delay-5d41402abc4b2a76",
        "mlops scoring cancel flight-delay-5d41402abc4b2a76 --reason 'The file of last year.'",
        "mlops scoring retry flight-delay-5d41402abc4b2a76 --reason 'The disk has room again.'"))
    {
        CreateList(), CreateShow(), CreateRetry(), CreateCancel(),
    };

    /// <summary>Prints a job; the exit code says whether it failed, or was cancelled.</summary>
    public static async Task<int> ShowAsync(ControlPlane plane, ScoringJob job, bool json, CancellationToken cancellationToken)
    {
        if (json) Terminal.WriteJson(job);
        else Terminal.Results.Write(Describe(job, (await plane.StorageAsync(cancellationToken)).Root));
        return job.Status is ScoringStatus.Failed or ScoringStatus.Cancelled ? ExitCodes.JobFailed : ExitCodes.Done;
    }

    private static Command CreateList()
    {
        var endpoint = new Option<string?>("--endpoint") { Description = "Only those of this endpoint." };
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List the jobs, the newest first, and the dropped files that no job takes.") { endpoint, json };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(endpoint), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var command = new Command("show", "Show a job.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            await ShowAsync(plane, await plane.GetAsync<ScoringJob>(PathOf(parsed.GetRequiredValue(id)), cancellationToken), parsed.GetValue(json), cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateRetry()
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var wait = new Option<bool>("--wait") { Description = "Wait for the end. Without a running host this command is the host, and waits anyway." };
        var command = new Command("retry", "Start a job again that failed or was cancelled; what a failed one has computed already is not computed again.") { id, reason, wait, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
            var job = await plane.PostAsync<ScoringJob>($"{PathOf(parsed.GetRequiredValue(id))}/retry", new ScoringRetry(parsed.GetRequiredValue(reason)), cancellationToken);
            if (parsed.GetValue(wait) || plane.IsHost) job = await ScoringFollower.EndOfAsync(plane, job, cancellationToken);
            return await ShowAsync(plane, job, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Command CreateCancel()
    {
        var (id, json) = (IdArgument(), CommandLine.JsonOption());
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var command = new Command("cancel", "Cancel a running job: what it wrote is removed, its file is kept.") { id, reason, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
            var asked = await plane.PostAsync<ScoringJob>($"{PathOf(parsed.GetRequiredValue(id))}/cancel", new ScoringCancel(parsed.GetRequiredValue(reason)), cancellationToken);
            var job = await ScoringFollower.EndOfAsync(plane, asked, cancellationToken);
            var exitCode = await ShowAsync(plane, job, parsed.GetValue(json), cancellationToken);
            // Cancelled is what it was asked to be.
            return job.Status is ScoringStatus.Cancelled ? ExitCodes.Done : exitCode;
        });
        return command;
    }

    private static async Task<int> ListAsync(string? endpoint, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var filter = endpoint is null ? "" : $"?endpoint={Uri.EscapeDataString(endpoint)}";
        var jobs = (await plane.GetAsync<Page<ScoringJob>>($"api/scoring{filter}", cancellationToken)).Items;
        var left = (await plane.GetAsync<Page<LeftFile>>("api/scoring/left", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { jobs, left });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Job", "Status", "File", "Model", "Rows", "Set apart", "Accepted (UTC)", "By");
        foreach (var job in jobs)
        {
            table.AddRow(
                new Text(job.Id), new Text(StatusOf(job)), new Text(job.File), new Text($"{job.Model}/{job.Version}"), new Text($"{job.Rows:N0}"), new Text($"{job.RefusedRows:N0}"),
                new Text($"{job.CreatedAt:yyyy-MM-dd HH:mm:ss}"), new Text(job.By));
        }

        Terminal.Results.Write(table);
        foreach (var file in left) Terminal.Results.WriteLine($"{file.File} is not scored: {file.Problem}");
        return ExitCodes.Done;
    }

    private static Grid Describe(ScoringJob job, string root)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        Add("job", job.Id);
        Add("status", $"{StatusOf(job)}{(job.Attempt > 1 ? $", attempt {job.Attempt}" : "")}");
        Add("file", $"{job.File}, SHA-256 {job.ContentSha256}");
        Add("model", $"{job.Model} version {job.Version}, {job.Variant} of endpoint {job.Endpoint}");
        Add("asked for", $"{job.CreatedAt:u} by {job.By}: {job.Reason}");
        if (job.FinishedAt is { } at) Add("ended", $"{at:u}");
        Add("rows", $"{job.Rows:N0}, {job.RefusedRows:N0} set apart");
        if (job.Output is { } output) Add("output", $"{root}/{output}");
        if (job.Refused is { } refused) Add("set apart", $"{root}/{refused}");
        if (job.Files is not ScoringFiles.Kept) Add("files", "kept as long as the pipeline says, and deleted");
        if (job.Problem is { } problem) Add("problem", problem);
        return grid;

        void Add(string name, string text) => grid.AddRow(new Text(name), new Text(text));
    }

    private static Argument<string> IdArgument() => new("id") { Description = "Id of the job." };

    private static string PathOf(string id) => $"api/scoring/{Uri.EscapeDataString(id)}";

    private static string StatusOf(ScoringJob job) => job.Status.ToString().ToLowerInvariant();
}
