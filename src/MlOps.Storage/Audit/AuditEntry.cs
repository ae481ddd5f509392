using System.Security.Cryptography;
using System.Text;

namespace MlOps.Storage.Audit;

/// <summary>One line of the audit log.</summary>
/// <param name="Sequence">Its number: from 1, without gaps.</param>
/// <param name="At">When, UTC, by the clock of the machine that wrote it.</param>
/// <param name="Event">Who did what, on what, and why.</param>
/// <param name="Previous">SHA-256 of the stored text of the entry before it, 64 hexadecimal digits; of nothing for the first.</param>
public sealed record AuditEntry(long Sequence, DateTimeOffset At, AuditEvent Event, string Previous);

/// <summary>Where the log ends, or ended once.</summary>
/// <param name="Sequence">Number of its last entry; 0 when there is none.</param>
/// <param name="Hash">SHA-256 of that entry's stored text: it covers all entries before it, too.</param>
public sealed record AuditHead(long Sequence, string Hash)
{
    /// <summary>The end of a log without entries: what the first entry names as the one before it.</summary>
    public static AuditHead Nothing { get; } = Of(0, "");

    /// <summary>The end of a log whose last entry has this number and text.</summary>
    internal static AuditHead Of(long sequence, string json) => new(sequence, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))));
}
