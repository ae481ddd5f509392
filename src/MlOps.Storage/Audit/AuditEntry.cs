namespace MlOps.Storage.Audit;

/// <summary>One line of the audit log.</summary>
/// <param name="Sequence">Its number: from 1, without gaps.</param>
/// <param name="At">When, UTC, by the clock of the machine that wrote it.</param>
/// <param name="Event">Who did what, on what, and why.</param>
/// <param name="Previous">SHA-256 of the stored text of the entry before it, 64 hexadecimal digits; of nothing for the first.</param>
public sealed record AuditEntry(long Sequence, DateTimeOffset At, AuditEvent Event, string Previous);

/// <summary>Where the log ends.</summary>
/// <param name="Sequence">Number of its last entry; 0 when there is none.</param>
/// <param name="Hash">SHA-256 of that entry's stored text: it covers all entries before it, too.</param>
public sealed record AuditHead(long Sequence, string Hash);

/// <summary>Which entries to read.</summary>
public sealed record AuditQuery
{
    /// <summary>Only entries on this subject or below it: <c>models/flight-delay</c>, <c>models/flight-delay/3</c>; <see langword="null"/>: all.</summary>
    public string? Subject { get; init; }

    /// <summary>Largest number of entries in the page, 1 to 1,000. Default: 100.</summary>
    public int Take { get; init; } = 100;

    /// <summary>Where the previous page ended; <see langword="null"/>: from the newest entry.</summary>
    public string? ContinuationToken { get; init; }
}

/// <summary>A page of entries, newest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="ContinuationToken">For the next page, with older entries; <see langword="null"/> at the end.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? ContinuationToken);

/// <summary>What a check of the whole log found.</summary>
/// <param name="Head">Where the log ends. Whoever keeps it elsewhere can prove later that nothing up to it was changed.</param>
/// <param name="Faults">What is wrong, in the order of the log, one sentence each; empty when nothing is.</param>
public sealed record AuditVerification(AuditHead Head, IReadOnlyList<string> Faults)
{
    /// <summary>Whether every entry is there, in its place, as it was written.</summary>
    public bool IsIntact => Faults.Count is 0;
}
