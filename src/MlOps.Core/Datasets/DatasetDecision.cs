namespace MlOps.Core.Datasets;

/// <summary>What a person decided about a dataset version.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When, UTC.</param>
public sealed record DatasetDecision(string By, string Reason, DateTimeOffset At);

/// <summary>A person accepts a dataset that does not pass. It holds for the checks that failed then, not for others that fail later.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Checks">The checks that failed, as people write them.</param>
public sealed record DatasetAcceptance(string By, string Reason, DateTimeOffset At, IReadOnlyList<string> Checks)
{
    /// <summary>Whether it holds for all of these failed checks.</summary>
    public bool Covers(IEnumerable<string> failed) => failed.All(c => Checks.Contains(c, StringComparer.Ordinal));
}
