namespace MlOps.Core.Scoring;

/// <summary>The one place that knows which state of a scoring job may follow which.</summary>
public static class ScoringLifecycle
{
    /// <summary>Whether nothing goes on any more.</summary>
    public static bool IsFinal(this ScoringStatus status) => status is ScoringStatus.Done or ScoringStatus.Failed or ScoringStatus.Cancelled;

    /// <summary>Whether the move is legal.</summary>
    public static bool CanMoveTo(this ScoringStatus from, ScoringStatus to) => (from, to) is
        (ScoringStatus.Running, ScoringStatus.Done or ScoringStatus.Failed or ScoringStatus.Cancelling)
        or (ScoringStatus.Cancelling, ScoringStatus.Cancelled);

    /// <summary>Whether asking for the job starts it again: it has no output, and nothing of it is still being stopped or deleted.</summary>
    public static bool BeginsAgain(this ScoringJob job) => job.Files switch
    {
        ScoringFiles.Kept => job.Status is ScoringStatus.Failed or ScoringStatus.Cancelled,
        ScoringFiles.Deleted => job.Status.IsFinal(),
        _ => false,
    };
}
