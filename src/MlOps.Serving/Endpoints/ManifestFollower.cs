using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Serving.Observation;
using MlOps.Storage.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>Follows the endpoints' manifests. A version that cannot be loaded leaves the last good one in place, and says why.</summary>
internal sealed partial class ManifestFollower(
    EndpointStore store, EndpointTable table, ModelLoader loader, AnswerStatistics statistics, IOptions<ServingOptions> options, TimeProvider time,
    ILogger<ManifestFollower> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, string> seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Trouble> troubles = new(StringComparer.Ordinal);

    /// <summary>Loads what there is before the server listens: the first request finds its endpoint.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryFollowAllAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFollowAllAsync(stoppingToken);
    }

    private async Task TryFollowAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            var present = await store.ListAsync(cancellationToken);
            foreach (var (endpoint, eTag) in present) await TryFollowAsync(endpoint, eTag, cancellationToken);
            foreach (var gone in table.Names.Except(present.Select(e => e.Endpoint), StringComparer.Ordinal).ToList()) Remove(gone);
            troubles.Remove("");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Storage away: what answers now goes on answering, and the next look may do better.
            Note("", "", error.Message);
        }
    }

    /// <summary>One endpoint's trouble must not keep the others from following theirs.</summary>
    private async Task TryFollowAsync(string endpoint, string eTag, CancellationToken cancellationToken)
    {
        if (seen.TryGetValue(endpoint, out var known) && known == eTag) return;
        if (troubles.TryGetValue(endpoint, out var trouble) && trouble.ETag == eTag && time.GetUtcNow() < trouble.RetryAt) return;
        try
        {
            await FollowAsync(endpoint, cancellationToken);
            seen[endpoint] = eTag;
            troubles.Remove(endpoint);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Note(endpoint, eTag, error.Message);
        }
    }

    private async Task FollowAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (await store.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Variants.Count is 0)
        {
            Forget(endpoint);
            return;
        }

        ManifestException.ThrowIfInvalid(manifest);
        var served = new ServedEndpoint(manifest, await LoadAsync(manifest, cancellationToken));
        statistics.Follow(served);
        table.Switch(served);
        LogSwitched(endpoint, manifest.Revision, string.Join(", ", manifest.Variants.Select(v => $"{v.Name} = {v.Model} version {v.Version} at {v.Weight} %")));
    }

    /// <summary>All variants or none: what is in memory already is used again, what is not is loaded and warmed.</summary>
    private async Task<IReadOnlyList<ServedVariant>> LoadAsync(EndpointManifest manifest, CancellationToken cancellationToken)
    {
        var variants = new List<ServedVariant>();
        try
        {
            foreach (var variant in manifest.Variants)
            {
                var loaded = variants.Concat(table.Find(manifest.Endpoint)?.Variants ?? []);
                variants.Add(new(variant, TryShare(loaded, ModelIdentity.Of(variant)) ?? await loader.LoadAsync(variant, cancellationToken)));
            }

            return variants;
        }
        catch
        {
            foreach (var variant in variants) variant.Model.Dispose();
            throw;
        }
    }

    private static LoadedModel? TryShare(IEnumerable<ServedVariant> loaded, ModelIdentity identity) =>
        loaded.FirstOrDefault(v => v.Model.Identity == identity)?.Model is { } model && model.TryUse() ? model : null;

    private void Forget(string endpoint)
    {
        table.Remove(endpoint);
        statistics.Forget(endpoint);
    }

    private void Remove(string endpoint)
    {
        Forget(endpoint);
        seen.Remove(endpoint);
        LogRemoved(endpoint);
    }

    /// <summary>Says once what is wrong, and tries again later: a model's file is hashed as a whole each time.</summary>
    private void Note(string endpoint, string eTag, string problem)
    {
        var known = troubles.GetValueOrDefault(endpoint);
        troubles[endpoint] = new(eTag, problem, time.GetUtcNow() + RetryInterval);
        if (known?.ETag != eTag || known.Problem != problem) LogProblem(endpoint, problem);
    }

    private sealed record Trouble(string ETag, string Problem, DateTimeOffset RetryAt);

    [LoggerMessage(4101, LogLevel.Information, "Endpoint {Endpoint}: follows manifest revision {Revision}: {Variants}")]
    private partial void LogSwitched(string endpoint, int revision, string variants);

    [LoggerMessage(4102, LogLevel.Warning, "Endpoint '{Endpoint}': its manifest cannot be followed, what answered before goes on answering: {Problem}")]
    private partial void LogProblem(string endpoint, string problem);

    [LoggerMessage(4103, LogLevel.Information, "Endpoint {Endpoint}: its manifest is gone, it answers no more")]
    private partial void LogRemoved(string endpoint);
}
