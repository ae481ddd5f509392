using System.Diagnostics.Metrics;

namespace MlOps.Testing.Azure;

/// <summary>Counts the requests that this process sends to storage in Azure, by operation.</summary>
internal sealed class StorageTransactions : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public StorageTransactions()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "MlOps.Storage", Name: "mlops.storage.transactions" }) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(count, tags));
        _listener.Start();
    }

    /// <summary>Requests so far, by operation.</summary>
    public IReadOnlyDictionary<string, long> ByOperation
    {
        get
        {
            lock (_counts) return _counts.OrderBy(c => c.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>All requests so far.</summary>
    public long Total => ByOperation.Values.Sum();

    public void Dispose() => _listener.Dispose();

    private void Add(long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            if (name is not "operation") continue;
            lock (_counts) _counts[(string)value!] = _counts.GetValueOrDefault((string)value!) + count;
        }
    }
}
