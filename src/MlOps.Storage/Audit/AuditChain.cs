using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Storage.Audit;

/// <summary>Follows the chain of a log from its first entry, and notes what is not as it was written.</summary>
/// <param name="heads">Where the log ended at some time; each must be on the chain.</param>
internal sealed class AuditChain(IReadOnlyList<AuditHead> heads)
{
    /// <summary>Faults that are listed; more say nothing new.</summary>
    private const int MostFaults = 20;

    private readonly List<AuditFault> _faults = [];
    private readonly ILookup<long, AuditHead> _heads = heads.ToLookup(h => h.Sequence);
    private int _checkpoints;

    /// <summary>The last entry that was taken.</summary>
    public AuditHead Last { get; private set; } = AuditHead.Nothing;

    /// <summary>Takes the next entry.</summary>
    /// <param name="sequence">The number under which it stands in the log.</param>
    /// <param name="json">Its text.</param>
    public void Take(long sequence, string json)
    {
        var expected = Last.Sequence + 1;
        if (sequence < expected) Report(sequence, $"Entry {sequence} stands behind entry {Last.Sequence}.");
        else if (sequence > expected) Report(expected, sequence - expected is 1 ? $"Entry {expected} is missing." : $"Entries {expected} to {sequence - 1} are missing.");
        if (TryRead(json) is not { } entry) Report(sequence, $"Entry {sequence} is no entry: it was changed.");
        else if (entry.Sequence != sequence) Report(sequence, $"Entry {sequence} says that it is entry {entry.Sequence}: it was moved.");
        // After a gap nobody knows what came before.
        else if (sequence == expected && entry.Previous != Last.Hash)
            Report(Math.Max(1, Last.Sequence), Last.Sequence is 0 ? "Entry 1 does not begin a log." : $"Entry {Last.Sequence} or {sequence} was changed: the one does not follow the other.");
        Last = AuditHead.Of(sequence, json);
        if (_heads[sequence].Any(h => h.Hash != Last.Hash)) Report(sequence, $"Entry {sequence} was changed: the log's recorded end differs from it.");
    }

    /// <summary>Takes a checkpoint, in the order of the entries: it must be of the last entry taken, and signed.</summary>
    public void Take(AuditCheckpoint checkpoint, AuditPublicKey key)
    {
        if (key.Fingerprint != checkpoint.Key) Report(checkpoint.Sequence, $"The checkpoint of entry {checkpoint.Sequence} is signed with another key ({checkpoint.Key[..Math.Min(12, checkpoint.Key.Length)]}).");
        else if (!checkpoint.IsSignedWith(key)) Report(checkpoint.Sequence, $"The checkpoint of entry {checkpoint.Sequence} was changed: its signature is not right.");
        else if (checkpoint.Sequence != Last.Sequence) Report(Math.Min(checkpoint.Sequence, Last.Sequence + 1), $"There is a signed checkpoint of entry {checkpoint.Sequence}, which is not there.");
        else if (checkpoint.Hash != Last.Hash) Report(checkpoint.Sequence, $"Entry {checkpoint.Sequence} or one before it was changed: its signed checkpoint differs from it.");
        else _checkpoints++;
    }

    /// <summary>Notes a fault.</summary>
    public void Report(long sequence, string problem)
    {
        if (_faults.Count < MostFaults && !_faults.Exists(f => f.Problem == problem)) _faults.Add(new(sequence, problem));
    }

    /// <summary>The result, once all entries were taken.</summary>
    public AuditVerification Finish()
    {
        if (_heads.Select(h => h.Key).DefaultIfEmpty(0).Max() is var end && end > Last.Sequence)
            Report(Last.Sequence + 1, $"The log ends with entry {Last.Sequence}, but once had {end}.");
        return new(Last, _checkpoints, _faults);
    }

    private static AuditEntry? TryRead(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEntry>(json, MlOpsJson.Compact);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
