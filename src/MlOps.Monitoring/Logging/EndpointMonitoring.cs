using MlOps.Core.Specification;
using MlOps.Storage.Blobs;

namespace MlOps.Monitoring.Logging;

/// <summary>What of a pipeline's <c>monitors</c> those who log and label must know; they may be far from the pipeline's file.</summary>
public sealed record EndpointMonitoring
{
    /// <summary>The pipeline that declares it.</summary>
    public required string Pipeline { get; init; }

    /// <summary>What is logged.</summary>
    public PredictionLogSpec Log { get; init; } = new();

    /// <summary>How labels find their predictions.</summary>
    public LabelMatchSpec Labels { get; init; } = new();

    /// <summary>The columns with their types; those that labels name rows by are read by them.</summary>
    public IReadOnlyList<ColumnSpec> Columns { get; init; } = [];
}

/// <summary>The settings of endpoints, read again after a while: a change takes effect without a restart.</summary>
public sealed class MonitoringSettings(IBlobStore blobs, TimeProvider time)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(2);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, (EndpointMonitoring? Settings, DateTimeOffset ReadAt)> _read = new(StringComparer.Ordinal);

    /// <summary>The settings of an endpoint; <see langword="null"/>: no pipeline declares any, and the defaults apply.</summary>
    public async Task<EndpointMonitoring?> FindAsync(string endpoint, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_read.TryGetValue(endpoint, out var known) && now - known.ReadAt < s_fresh && now >= known.ReadAt) return known.Settings;
        var settings = await blobs.TryReadJsonAsync<EndpointMonitoring>(PredictionFiles.SettingsOf(endpoint), cancellationToken);
        _read[endpoint] = (settings, now);
        return settings;
    }

    /// <summary>Publishes the settings of an endpoint where they differ from those that stand.</summary>
    public async Task PublishAsync(string endpoint, EndpointMonitoring settings, CancellationToken cancellationToken)
    {
        await blobs.WriteJsonAsync(PredictionFiles.SettingsOf(endpoint), settings, cancellationToken);
        _read.TryRemove(endpoint, out _);
    }
}
