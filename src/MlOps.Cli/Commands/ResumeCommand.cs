using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Scoring;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops resume</c>: goes on with whatever was interrupted.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("resume", CommandLine.WithExamples(
            "Go on with the runs and scoring jobs that were interrupted, where they were; finished steps are not repeated.",
            "mlops resume",
            "mlops resume --json    # the newest resumed run as 'mlops run --json' prints it"))
        {
            json,
        };
        command.SetAction((parsed, cancellationToken) => ResumeAsync(parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ResumeAsync(bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var follower = new RunFollower(plane, json);
        var unfinished = await plane.GetAsync<UnfinishedRuns>("api/runs/unfinished", cancellationToken);
        var runs = unfinished.Runs.Select(r => r.RunId).ToList();
        foreach (var arrival in unfinished.Arrivals)
        {
            var run = await follower.WaitForRunAsync(arrival.Pipeline, new StartedRun(null, arrival.Announcement), cancellationToken);
            if (!runs.Contains(run)) runs.Insert(0, run);
        }

        var jobs = (await plane.GetAsync<Page<ScoringJob>>("api/scoring", cancellationToken)).Items.Where(j => !j.Status.IsFinal()).ToList();
        if (runs.Count is 0 && json) Terminal.WriteJson(new { resumed = jobs.Select(j => j.Id) });
        if (runs.Count is 0 && jobs.Count is 0 && !json) Terminal.Progress.MarkupLine("Nothing to resume: every run and every scoring job has ended.");
        var code = runs.Count is 0 ? ExitCodes.Done : await follower.FollowAllToEndAsync(runs, cancellationToken);
        return await EndOfAsync(plane, jobs, cancellationToken) ? code : ExitCodes.JobFailed;
    }

    /// <returns>Whether all files were scored.</returns>
    private static async Task<bool> EndOfAsync(ControlPlane plane, IReadOnlyList<ScoringJob> jobs, CancellationToken cancellationToken)
    {
        var areDone = true;
        foreach (var job in jobs)
        {
            var end = await ScoringFollower.EndOfAsync(plane, job, cancellationToken);
            Terminal.Progress.MarkupLineInterpolated($"scoring {end.Id}: {end.Problem ?? $"{end.Rows:N0} rows, {end.RefusedRows:N0} set apart"}");
            areDone &= end.Status is ScoringStatus.Done;
        }

        return areDone;
    }
}
