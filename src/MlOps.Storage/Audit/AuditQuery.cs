namespace MlOps.Storage.Audit;

/// <summary>Which entries to read. Conditions that are <see langword="null"/> are met by all.</summary>
public sealed record AuditQuery
{
    /// <summary>Only entries on this subject or below it: <c>models/flight-delay</c>, <c>models/flight-delay/3</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Only what this person, or <c>mlops</c> itself, did.</summary>
    public string? Actor { get; init; }

    /// <summary>Only this action, or all of a kind: <c>model.approved</c>, <c>model</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Only entries of this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only entries before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Largest number of entries in the page, 1 to 1,000. Default: 100.</summary>
    public int Take { get; init; } = 100;

    /// <summary>Where the previous page ended; <see langword="null"/>: from the newest entry.</summary>
    public string? ContinuationToken { get; init; }

    /// <summary>Whether an entry meets all conditions.</summary>
    internal bool IsMetBy(AuditEntry entry) =>
        IsAtOrBelow(Subject, entry.Event.Subject, '/') && IsAtOrBelow(Action, entry.Event.Action, '.') && (Actor is null || Actor == entry.Event.Actor)
        && !(entry.At < Since) && !(entry.At >= Until);

    private static bool IsAtOrBelow(string? asked, string found, char separator) =>
        asked is null || found == asked || (found.StartsWith(asked, StringComparison.Ordinal) && (asked.EndsWith(separator) || found[asked.Length] == separator));
}

/// <summary>A page of entries, newest first.</summary>
/// <param name="Entries">The entries; a page of a query with conditions may have none and yet not be the last.</param>
/// <param name="ContinuationToken">For the next page, with older entries; <see langword="null"/> at the end.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? ContinuationToken);
