using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Runs;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops runs</c> and <c>mlops runs show</c>.</summary>
internal static class RunsCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var pipeline = new Option<string?>("--pipeline") { Description = "Only this pipeline's." };
        var command = new Command("runs", CommandLine.WithExamples(
            "List runs, newest first, or show one.", "mlops runs", "mlops runs --pipeline flight-delay --json", "mlops runs show flight-delay-20010301-081500-3f2a"))
        {
            pipeline, json, CreateShow(),
        };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(pipeline), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var run = new Argument<string>("run") { Description = "Id of the run." };
        var proof = new Option<bool>("--proof") { Description = "Also the request that verified its release, a row of the data, and the answer; the audit log notes who looks." };
        var json = CommandLine.JsonOption();
        var command = new Command("show", "Show one run with its steps, trials and results.") { run, proof, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(run), parsed.GetValue(proof), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(string? pipeline, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var query = pipeline is null ? "" : $"?pipeline={Uri.EscapeDataString(pipeline)}";
        var runs = (await plane.GetAsync<Page<RunRecord>>($"api/runs{query}", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { runs });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Run", "Status", "Started by", "Created (UTC)", "Reason");
        foreach (var run in runs)
            table.AddRow(new Text(run.RunId), new Text(run.Status.ToString()), new Text(run.StartedBy), new Text($"{run.CreatedAt:yyyy-MM-dd HH:mm:ss}"), new Text(run.Reason ?? ""));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(string runId, bool proof, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var run = await plane.GetAsync<RunDetails>($"api/runs/{Uri.EscapeDataString(runId)}{(proof ? "?proof=true" : "")}", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(RunFollower.ToJson(run, await plane.StorageAsync(cancellationToken)));
            return ExitCodes.Done;
        }

        Terminal.Results.Write(RunTable.Render(run));
        Terminal.Results.WriteLine();
        RunSummary.Write(Terminal.Results, run);
        return ExitCodes.Done;
    }
}
