namespace MlOps.Core.Approvals;

/// <summary>A decision on a candidate.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="By">Who decided; several names with commas between them.</param>
/// <param name="Reason">Why; never empty on a no.</param>
/// <param name="At">When, UTC.</param>
public sealed record ApprovalDecision(bool Approved, string By, string Reason, DateTimeOffset At)
{
    /// <summary>What the approval is tied to, the strictest of all votes; <see langword="null"/>: nothing.</summary>
    public ApprovalConditions? Conditions { get; init; }

    /// <summary>Whether the one who asked took the request back.</summary>
    public bool Withdrawn { get; init; }
}

/// <summary>What an approval is tied to. A release must keep within it.</summary>
public sealed record ApprovalConditions
{
    /// <summary>Largest share of the endpoint's traffic that the version may get, above 0 and below 1; <see langword="null"/>: all of it.</summary>
    public double? MaxTraffic { get; init; }

    /// <summary>The conditions to end a sentence with: <c> for at most 10% of the traffic</c>; empty where there are none.</summary>
    public static string InWords(ApprovalConditions? conditions) =>
        conditions?.MaxTraffic is { } share ? FormattableString.Invariant($" for at most {share * 100:0.##}% of the traffic") : "";

    /// <summary>What keeps both; <see langword="null"/> when neither asks for anything.</summary>
    public static ApprovalConditions? Strictest(ApprovalConditions? one, ApprovalConditions? other) =>
        (one?.MaxTraffic, other?.MaxTraffic) switch
        {
            (null, _) => other,
            (_, null) => one,
            ({ } a, { } b) => a <= b ? one : other,
        };
}
