using MlOps.Cli.Connection;
using MlOps.Core.Scoring;

namespace MlOps.Cli.Following;

/// <summary>Waits for the end of a scoring job.</summary>
internal static class ScoringFollower
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public static async Task<ScoringJob> EndOfAsync(ControlPlane plane, ScoringJob job, CancellationToken cancellationToken)
    {
        for (var pause = Shortest; job.Status is ScoringStatus.Running; pause = pause < Longest ? pause * 1.5 : Longest)
        {
            await Task.Delay(pause, TimeProvider.System, cancellationToken);
            job = await plane.GetAsync<ScoringJob>($"api/scoring/{Uri.EscapeDataString(job.Id)}", cancellationToken);
        }

        return job;
    }
}
