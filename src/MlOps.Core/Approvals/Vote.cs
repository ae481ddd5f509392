namespace MlOps.Core.Approvals;

/// <summary>One person's vote.</summary>
/// <param name="By">Who voted.</param>
/// <param name="Approver">The approver it counts for: the person, or a role that the person has.</param>
/// <param name="Approved">Yes or no.</param>
/// <param name="Reason">Why; never empty on a no.</param>
/// <param name="At">When, UTC.</param>
public sealed record Vote(string By, string Approver, bool Approved, string Reason, DateTimeOffset At)
{
    /// <summary>What the approval is tied to; <see langword="null"/>: nothing.</summary>
    public ApprovalConditions? Conditions { get; init; }
}
