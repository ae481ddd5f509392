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

    /// <summary>Hash that the first entry names as the one before it.</summary>
    private static readonly string Nothing = HashOf("");

    /// <summary>Appends an entry. When this returns, the entry is stored for good.</summary>
    public async Task<AuditEntry> AppendAsync(AuditEvent what, CancellationToken cancellationToken)
    {
        while (true)
        {
            var last = await ReadLastAsync(cancellationToken);
            var entry = new AuditEntry(last.Sequence + 1, time.GetUtcNow(), what, last.Hash);
            var json = JsonSerializer.Serialize(entry, MlOpsJson.Compact);
            if (await tables.TryWriteAsync(Table, Log, RowOf(entry.Sequence), json, WriteCondition.IfAbsent, cancellationToken) is null) continue;
            await AdvanceHeadAsync(new AuditHead(entry.Sequence, HashOf(json)), cancellationToken);
            return entry;
        }
    }

    /// <summary>Entries, newest first.</summary>
    /// <exception cref="StoredDocumentException">Something stored there is no entry.</exception>
    public async Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        var entries = new List<AuditEntry>();
        var token = query.ContinuationToken;
        do
        {
            // Never more than still fit, so that the page ends where the store's page does and the token leaves nothing out.
            var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, Descending = true, Take = query.Take - entries.Count, ContinuationToken = token }, cancellationToken);
            entries.AddRange(page.Rows.Select(r => r.ReadJson<AuditEntry>(Table)).Where(e => IsOn(query.Subject, e.Event.Subject)));
            token = page.ContinuationToken;
        }
        while (token is not null && entries.Count < query.Take);
        return new AuditPage(entries, token);
    }

    /// <summary>Reads the whole log and checks that every entry is there, in its place, as it was written.</summary>
    /// <param name="known">Where the log ended once, kept elsewhere; what it covers must still be the same. <see langword="null"/>: none was kept.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    public async Task<AuditVerification> VerifyAsync(AuditHead? known, CancellationToken cancellationToken)
    {
        // Read first: entries that are appended from here on lie behind it.
        var head = (await tables.TryReadVersionedJsonAsync<AuditHead>(Table, Head, Head, cancellationToken))?.Value;
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

    private async Task<AuditHead> ReadLastAsync(CancellationToken cancellationToken)
    {
        var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, Descending = true, Take = 1 }, cancellationToken);
        if (page.Rows is not [var last]) return new AuditHead(0, Nothing);
        // By its row, which is the order of the log, whatever the text says: an entry that was changed does not stop the log.
        return long.TryParse(last.Row, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new AuditHead(sequence, HashOf(last.Json))
            : throw new StoredDocumentException($"{Table}/{Log}/{last.Row}", typeof(AuditEntry), null);
    }

    private async Task AdvanceHeadAsync(AuditHead head, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = await tables.TryReadVersionedJsonAsync<AuditHead>(Table, Head, Head, cancellationToken);
            // A later writer was faster.
            if (current?.Value.Sequence >= head.Sequence) return;
            var condition = current is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(current.ETag);
            if (await tables.TryWriteJsonAsync(Table, Head, Head, head, condition, cancellationToken) is not null) return;
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
