using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>Who did what, when and why: append-only, and chained so that a later change shows.</summary>
/// <remarks>
/// <para>Table <c>audit</c>, partition <c>log</c>, row = sequence number in 19 digits. An entry holds the hash of the one before;
/// the row <c>head</c> of partition <c>head</c> holds the number and hash of the last, so that a shortened log shows as well.</para>
/// <para>The insert of the next number is what appends: of writers that race, in any process, one gets the number and the others
/// take the next. The head follows; a process that dies in between leaves it behind, and the next append brings it up.</para>
/// <para>Who may write to the table could write the whole chain anew. An <see cref="AuditHead"/> kept elsewhere shows that too.</para>
/// </remarks>
public sealed class AuditLog(ITableStore tables, TimeProvider time)
{
    private const string Table = "audit";
    private const string Log = "log";
    private const string Head = "head";

    /// <summary>Faults that a check lists; more say nothing new.</summary>
    private const int MostFaults = 20;

    /// <summary>Entries that are read at once when only some of them are asked for.</summary>
    private const int MostRead = 1000;

    /// <summary>Hash that the first entry names as the one before it.</summary>
    private static readonly string Nothing = HashOf("");

    /// <summary>Appends an entry. When this returns, the entry is stored for good.</summary>
    public async Task<AuditEntry> AppendAsync(AuditEvent what, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(cancellationToken);
        var last = head?.Value ?? new AuditHead(0, Nothing);
        while (true)
        {
            var entry = new AuditEntry(last.Sequence + 1, time.GetUtcNow(), what, last.Hash);
            var json = JsonSerializer.Serialize(entry, MlOpsJson.Compact);
            if (await tables.TryWriteAsync(Table, Log, RowOf(entry.Sequence), json, WriteCondition.IfAbsent, cancellationToken) is not null)
            {
                await AdvanceHeadAsync(new AuditHead(entry.Sequence, HashOf(json)), head, cancellationToken);
                return entry;
            }
            // Others were faster, or died before the head followed.
            last = await ReadLastAsync(last, cancellationToken);
        }
    }

    /// <summary>Entries, newest first.</summary>
    /// <exception cref="StoredDocumentException">Something stored there is no entry.</exception>
    public async Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        var entries = new List<AuditEntry>();
        // Numbers have no gaps, so a page going back in time is read forward, which every store can do cheaply.
        var newest = query.ContinuationToken is { } token ? SequenceBefore(token) : (await ReadLastAsync(null, cancellationToken)).Sequence;
        while (newest > 0 && entries.Count < query.Take)
        {
            var oldest = Math.Max(1, newest - (query.Subject is null ? query.Take - entries.Count : MostRead) + 1);
            var page = await tables.QueryAsync(
                Table, new TableQuery { Partition = Log, RowFrom = RowOf(oldest), Take = (int)(newest - oldest + 1) }, cancellationToken);
            foreach (var row in page.Rows.Where(r => string.CompareOrdinal(r.Row, RowOf(newest)) <= 0).Reverse())
            {
                if (row.ReadJson<AuditEntry>(Table) is var entry && IsOn(query.Subject, entry.Event.Subject)) entries.Add(entry);
                if (entries.Count < query.Take) continue;
                // The next page goes on right behind the last entry that still fits.
                oldest = long.Parse(row.Row, NumberStyles.None, CultureInfo.InvariantCulture);
                break;
            }
            newest = oldest - 1;
        }
        return new AuditPage(entries, newest > 0 ? TableContinuation.Write(Log, RowOf(newest + 1)) : null);
    }

    /// <summary>Reads the whole log and checks that every entry is there, in its place, as it was written.</summary>
    /// <param name="known">Where the log ended once, kept elsewhere; what it covers must still be the same. <see langword="null"/>: none was kept.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    public async Task<AuditVerification> VerifyAsync(AuditHead? known, CancellationToken cancellationToken)
    {
        // Read first: entries that are appended from here on lie behind it.
        var head = (await ReadHeadAsync(cancellationToken))?.Value;
        var chain = new ChainCheck([.. new[] { head, known }.OfType<AuditHead>()]);
        string? token = null;
        do
        {
            var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, ContinuationToken = token }, cancellationToken);
            foreach (var row in page.Rows) chain.Take(row);
            token = page.ContinuationToken;
        }
        while (token is not null);
        return chain.Finish();
    }

    private static bool IsOn(string? asked, string subject) =>
        asked is null || subject == asked || (subject.StartsWith(asked, StringComparison.Ordinal) && (asked.EndsWith('/') || subject[asked.Length] is '/'));

    private static string RowOf(long sequence) => sequence.ToString("D19", CultureInfo.InvariantCulture);

    private static string HashOf(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));

    private static long SequenceBefore(string token) =>
        TableContinuation.Read(token) is (Log, var row) && long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence - 1
            : throw new FormatException($"'{token}' is no continuation token of the audit log; use the one of the previous page, unchanged.");

    private Task<Versioned<AuditHead>?> ReadHeadAsync(CancellationToken cancellationToken) =>
        tables.TryReadVersionedJsonAsync<AuditHead>(Table, Head, Head, cancellationToken);

    /// <summary>The last entry: the recorded one, or what was appended since.</summary>
    /// <param name="known">An entry that is there, or <see langword="null"/>: the recorded last one.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    private async Task<AuditHead> ReadLastAsync(AuditHead? known, CancellationToken cancellationToken)
    {
        var last = known ?? (await ReadHeadAsync(cancellationToken))?.Value ?? new AuditHead(0, Nothing);
        string? token = null;
        do
        {
            var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, RowFrom = RowOf(last.Sequence + 1), ContinuationToken = token }, cancellationToken);
            // By its row, which is the order of the log, whatever the text says: an entry that was changed does not stop the log.
            if (page.Rows is [.., var row])
            {
                last = long.TryParse(row.Row, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                    ? new AuditHead(sequence, HashOf(row.Json))
                    : throw new StoredDocumentException($"{Table}/{Log}/{row.Row}", typeof(AuditEntry), null);
            }
            token = page.ContinuationToken;
        }
        while (token is not null);
        return last;
    }

    private async Task AdvanceHeadAsync(AuditHead head, Versioned<AuditHead>? current, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A later writer was faster.
            if (current?.Value.Sequence >= head.Sequence) return;
            var condition = current is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(current.ETag);
            if (await tables.TryWriteJsonAsync(Table, Head, Head, head, condition, cancellationToken) is not null) return;
            current = await ReadHeadAsync(cancellationToken);
        }
    }

    /// <summary>Follows the chain from its first entry.</summary>
    /// <param name="heads">Where the log ended at some time; each must be on the chain.</param>
    private sealed class ChainCheck(IReadOnlyList<AuditHead> heads)
    {
        private readonly List<string> _faults = [];
        private AuditHead _last = new(0, Nothing);

        public void Take(TableRow row)
        {
            var expected = _last.Sequence + 1;
            if (!long.TryParse(row.Row, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) || RowOf(sequence) != row.Row)
            {
                Report($"'{row.Row}' stands in the log and is no entry's number.");
                return;
            }
            if (sequence != expected) Report(sequence - expected is 1 ? $"Entry {expected} is missing." : $"Entries {expected} to {sequence - 1} are missing.");
            try
            {
                var entry = row.ReadJson<AuditEntry>(Table);
                if (entry.Sequence != sequence) Report($"Entry {sequence} says that it is entry {entry.Sequence}: it was moved.");
                // After a gap nobody knows what came before.
                else if (sequence == expected && entry.Previous != _last.Hash) Report(_last.Sequence is 0 ? "Entry 1 does not begin a log." : $"Entry {_last.Sequence} or {sequence} was changed: the one does not follow the other.");
            }
            catch (StoredDocumentException)
            {
                Report($"Entry {sequence} is no entry: it was changed.");
            }
            _last = new AuditHead(sequence, HashOf(row.Json));
            foreach (var head in heads)
                if (head.Sequence == sequence && head.Hash != _last.Hash) Report($"Entry {sequence} was changed: the log's recorded end differs from it.");
        }

        public AuditVerification Finish()
        {
            if (heads.Select(h => h.Sequence).DefaultIfEmpty(0).Max() is var end && end > _last.Sequence)
                Report($"The log ends with entry {_last.Sequence}, but once had {end}.");
            return new AuditVerification(_last, _faults);
        }

        private void Report(string fault)
        {
            if (_faults.Count < MostFaults && !_faults.Contains(fault, StringComparer.Ordinal)) _faults.Add(fault);
        }
    }
}
