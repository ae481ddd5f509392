using MlOps.Cli.Connection;
using MlOps.Core.Scoring;

namespace MlOps.Cli.Following;

/// <summary>Waits for the end of a scoring job.</summary>
internal static class ScoringFollower
{
    public static Task<ScoringJob> EndOfAsync(ControlPlane plane, ScoringJob job, CancellationToken cancellationToken) =>
        plane.PollAsync<ScoringJob>($"api/scoring/{Uri.EscapeDataString(job.Id)}", j => j.Status.IsFinal(), cancellationToken);
}
