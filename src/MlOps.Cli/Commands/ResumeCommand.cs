using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
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
            "Go on with the runs that were interrupted, where they were; finished steps are not repeated.",
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

        if (runs.Count is 0)
        {
            if (json) Terminal.WriteJson(new { resumed = Array.Empty<string>() });
            else Terminal.Progress.MarkupLine("Nothing to resume: every run has ended.");
            return ExitCodes.Done;
        }

        return await follower.FollowAllToEndAsync(runs, cancellationToken);
    }
}
