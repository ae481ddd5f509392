using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>Who did what, when and why: append-only, and chained so that a later change shows.</summary>
/// <param name="tables">Where it lies.</param>
/// <param name="time">The clock.</param>
/// <param name="signer">Signs checkpoints; <see langword="null"/>: there are none.</param>
/// <remarks>
/// <para>Table <c>audit</c>, partition <c>log</c>, row = sequence number in 19 digits. An entry holds the hash of the one before;
/// the row <c>head</c> of partition <c>head</c> holds the number and hash of the last, so that a shortened log shows as well.</para>
/// <para>The insert of the next number is what appends: of writers that race, in any process, one gets the number and the others
/// take the next. The head follows; a process that dies in between leaves it behind, and the next append brings it up.</para>
/// <para>Who may write to the table could write the whole chain anew, but not sign it: see <see cref="CheckpointAsync"/>. Entries
/// behind the last checkpoint are as safe as the table is; an <see cref="AuditHead"/> kept elsewhere covers them, too.</para>
/// </remarks>
public sealed class AuditLog(ITableStore tables, TimeProvider time, AuditSigner? signer = null)
{
    internal const string Table = "audit";
    private const string Log = "log";
    private const string Head = "head";
    private const int EntriesPerCheckpoint = 100;

    /// <summary>Entries that one page looks at, so that a question with a rare answer does not read the whole log at once.</summary>
    private const int MostLookedAt = 10_000;

    /// <summary>Entries of one request: what every store gives at once.</summary>
    private const int MostAtOnce = 1000;

    private readonly AuditKeys _keys = new(tables);
    private readonly AuditCheckpoints _checkpoints = new(tables);

    /// <summary>What checkpoints are verified with; <see langword="null"/> when there are none.</summary>
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public AuditPublicKey? PublicKey => signer?.PublicKey;

    /// <summary>Signs what is exported.</summary>
    internal AuditSigner Signer => signer ?? throw new InvalidOperationException("The audit log has no key here to sign with.");

    /// <summary>Appends an entry, or finds the one that was appended under the same key. When this returns, the entry is stored for good.</summary>
    public async Task<AuditEntry> AppendAsync(AuditEvent what, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(cancellationToken);
        var last = head?.Value ?? AuditHead.Nothing;
        while (true)
        {
            if (what.Key is { } key)
            {
                var place = await _keys.ClaimAsync(key, last.Sequence + 1, cancellationToken);
                if (place != last.Sequence + 1)
                {
                    if (place <= last.Sequence && await TryReadAsync(place, cancellationToken) is { } there && there.Event.Key == key) return there;
                    // Read after the claim, so that a claim behind the end is one of a log that was cut off.
                    last = await ReadLastAsync(last, cancellationToken);
                    // Another entry took the place that was claimed: a crash, or a race, came in between.
                    if (place > last.Sequence + 1 || (place <= last.Sequence && (await TryReadAsync(place, cancellationToken))?.Event.Key != key))
                        await _keys.MoveAsync(key, place, last.Sequence + 1, cancellationToken);
                    continue;
                }
            }
            var entry = new AuditEntry(last.Sequence + 1, time.GetUtcNow(), what, last.Hash);
            var json = JsonSerializer.Serialize(entry, MlOpsJson.Compact);
            if (await tables.TryWriteAsync(Table, Log, RowOf(entry.Sequence), json, WriteCondition.IfAbsent, cancellationToken) is not null)
            {
                await AdvanceHeadAsync(AuditHead.Of(entry.Sequence, json), head, cancellationToken);
                if (signer is not null && entry.Sequence % EntriesPerCheckpoint is 0) await CheckpointAsync(cancellationToken);
                return entry;
            }
            // Others were faster, or died before the head followed.
            last = await ReadLastAsync(last, cancellationToken);
        }
    }

    /// <summary>Entries, newest first.</summary>
    /// <exception cref="StoredDocumentException">Something stored there is no entry.</exception>
    /// <exception cref="FormatException">The continuation token is none.</exception>
    public async Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        // Numbers have no gaps, so a page going back in time is read forward, which every store can do cheaply.
        var end = query.ContinuationToken is { } token ? EndOf(token) : (await ReadLastAsync(null, cancellationToken)).Sequence + 1;
        var entries = new List<AuditEntry>();
        // The longer nothing is found, the more is read at once: what is rare costs a few requests, and what is not costs no more than its page.
        var span = Math.Max(query.Take, 100);
        for (var looked = 0; end > 1 && entries.Count < query.Take && looked < MostLookedAt; span = Math.Min(2 * span, MostAtOnce))
        {
            var start = Math.Max(1, end - span);
            looked += (int)(end - start);
            foreach (var (sequence, entry) in (await ReadRangeAsync(start, end, cancellationToken)).Reverse())
            {
                if (!query.IsMetBy(entry)) continue;
                entries.Add(entry);
                if (entries.Count == query.Take) return new AuditPage(entries, sequence > 1 ? TokenOf(sequence) : null);
            }
            end = start;
        }
        return new AuditPage(entries, end > 1 ? TokenOf(end) : null);
    }

    /// <summary>Reads the whole log and checks that every entry is there, in its place, as it was written.</summary>
    /// <param name="known">Where the log ended once, kept elsewhere; what it covers must still be the same. <see langword="null"/>: none was kept.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public async Task<AuditVerification> VerifyAsync(AuditHead? known, CancellationToken cancellationToken)
    {
        // Read first: entries that are appended from here on lie behind it.
        var head = (await ReadHeadAsync(cancellationToken))?.Value;
        var checkpoints = signer is null ? [] : await ListCheckpointsAsync(cancellationToken);
        var chain = new AuditChain([.. new[] { head, known }.OfType<AuditHead>()]);
        var next = 0;
        await foreach (var row in ReadRowsAsync(cancellationToken))
        {
            if (NumberOf(row) is not { } sequence)
            {
                chain.Report(chain.Last.Sequence + 1, $"'{row.Row}' stands in the log and is no entry's number.");
                continue;
            }
            // Those of entries that are not there any more.
            for (; next < checkpoints.Count && checkpoints[next].Sequence < sequence; next++) chain.Take(checkpoints[next], signer!.PublicKey);
            chain.Take(sequence, row.Json);
            for (; next < checkpoints.Count && checkpoints[next].Sequence == sequence; next++) chain.Take(checkpoints[next], signer!.PublicKey);
        }
        for (; next < checkpoints.Count; next++) chain.Take(checkpoints[next], signer!.PublicKey);
        return chain.Finish();
    }

    /// <summary>Signs where the log ends now. Every hundredth entry is signed without being asked for.</summary>
    /// <returns>The checkpoint of the last entry; <see langword="null"/> without entries.</returns>
    /// <exception cref="InvalidOperationException">There is no key here.</exception>
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public async Task<AuditCheckpoint?> CheckpointAsync(CancellationToken cancellationToken)
    {
        var last = await ReadLastAsync(null, cancellationToken);
        return last.Sequence is 0 ? null : await _checkpoints.AddAsync(AuditCheckpoint.Sign(last, time.GetUtcNow(), Signer), cancellationToken);
    }

    /// <summary>The signed checkpoints, oldest first.</summary>
    public Task<IReadOnlyList<AuditCheckpoint>> ListCheckpointsAsync(CancellationToken cancellationToken) => _checkpoints.ListAsync(cancellationToken);

    /// <summary>The texts of the entries as they are stored, oldest first, up to a number.</summary>
    internal async IAsyncEnumerable<string> ReadTextsAsync(long upTo, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in ReadRowsAsync(cancellationToken))
        {
            if (NumberOf(row) > upTo) yield break;
            yield return row.Json;
        }
    }

    private async IAsyncEnumerable<TableRow> ReadRowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, ContinuationToken = token }, cancellationToken);
            foreach (var row in page.Rows) yield return row;
            token = page.ContinuationToken;
        }
        while (token is not null);
    }

    private static string RowOf(long sequence) => sequence.ToString("D19", CultureInfo.InvariantCulture);

    private static long? NumberOf(TableRow row) =>
        long.TryParse(row.Row, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && RowOf(sequence) == row.Row ? sequence : null;

    private static string TokenOf(long end) => TableContinuation.Write(Log, RowOf(end));

    private static long EndOf(string token) =>
        TableContinuation.Read(token) is (Log, var row) && long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            ? end
            : throw new FormatException($"'{token}' is no continuation token of the audit log; use the one of the previous page, unchanged.");

    /// <summary>An entry; <see langword="null"/> when it is not there, or cannot be read since somebody changed it.</summary>
    private async Task<AuditEntry?> TryReadAsync(long sequence, CancellationToken cancellationToken)
    {
        try
        {
            return await tables.TryReadJsonAsync<AuditEntry>(Table, Log, RowOf(sequence), cancellationToken);
        }
        catch (StoredDocumentException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<(long Sequence, AuditEntry Entry)>> ReadRangeAsync(long start, long end, CancellationToken cancellationToken)
    {
        var entries = new List<(long, AuditEntry)>();
        var query = new TableQuery { Partition = Log, RowFrom = RowOf(start), Take = (int)(end - start) };
        while (true)
        {
            var page = await tables.QueryAsync(Table, query, cancellationToken);
            foreach (var row in page.Rows)
            {
                if (NumberOf(row) is not { } sequence || sequence >= end) return entries;
                entries.Add((sequence, row.ReadJson<AuditEntry>(Table)));
            }
            if (page.ContinuationToken is null || entries.Count == end - start) return entries;
            query = query with { ContinuationToken = page.ContinuationToken };
        }
    }

    private Task<Versioned<AuditHead>?> ReadHeadAsync(CancellationToken cancellationToken) =>
        tables.TryReadVersionedJsonAsync<AuditHead>(Table, Head, Head, cancellationToken);

    /// <summary>The last entry: the recorded one, or what was appended since.</summary>
    /// <param name="known">An entry that is there, or <see langword="null"/>: the recorded last one.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    private async Task<AuditHead> ReadLastAsync(AuditHead? known, CancellationToken cancellationToken)
    {
        var last = known ?? (await ReadHeadAsync(cancellationToken))?.Value ?? AuditHead.Nothing;
        string? token = null;
        do
        {
            var page = await tables.QueryAsync(Table, new TableQuery { Partition = Log, RowFrom = RowOf(last.Sequence + 1), ContinuationToken = token }, cancellationToken);
            // By its row, which is the order of the log, whatever the text says: an entry that was changed does not stop the log.
            if (page.Rows.LastOrDefault(r => NumberOf(r) is not null) is { } row) last = AuditHead.Of(NumberOf(row)!.Value, row.Json);
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
}
