using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Serving.Health;
using MlOps.Serving.Observation;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Endpoints;

/// <summary>Follows the endpoints' manifests. A version that cannot be loaded leaves the last good one in place, and says why.</summary>
internal sealed partial class ManifestFollower(
    IBlobStore blobs, EndpointTable table, ModelShelf shelf, ServingCache cache, AnswerStatistics statistics, ServingState state,
    IOptions<ServingOptions> options, TimeProvider time, ILogger<ManifestFollower> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(5);
    private readonly EndpointManifests _manifests = new(blobs);
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    /// <summary>Loads what there is before the server listens: the first request finds its endpoint.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await TryFollowAllAsync(cancellationToken) && cache.Blobs is { } cached) await FollowCacheAsync(new EndpointManifests(cached), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFollowAllAsync(stoppingToken);
    }

    /// <returns>Whether storage could be read.</returns>
    private async Task<bool> TryFollowAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            var present = await _manifests.ListAsync(cancellationToken);
            foreach (var (endpoint, eTag) in present) await TryFollowAsync(endpoint, eTag, cancellationToken);
            foreach (var gone in table.Names.Except(present.Select(e => e.Endpoint), StringComparer.Ordinal).ToList()) await RemoveAsync(gone, cancellationToken);
            var names = present.Select(e => e.Endpoint).ToHashSet(StringComparer.Ordinal);
            foreach (var past in _troubles.Keys.Where(e => !names.Contains(e) && table.Find(e) is null).ToList()) Settle(past);
            state.Followed();
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Storage away: what answers now goes on answering, and the next look may do better.
            Note("", "", error.Message);
            return false;
        }
    }

    /// <summary>One endpoint's trouble must not keep the others from following theirs.</summary>
    private async Task TryFollowAsync(string endpoint, string eTag, CancellationToken cancellationToken)
    {
        if (_seen.TryGetValue(endpoint, out var known) && known == eTag)
        {
            Settle(endpoint);
            return;
        }

        if (_troubles.TryGetValue(endpoint, out var trouble) && trouble.ETag == eTag && time.GetUtcNow() < trouble.RetryAt) return;
        try
        {
            if (await _manifests.TryGetAsync(endpoint, cancellationToken) is not { } found) return;
            await FollowAsync(endpoint, found.Manifest, cancellationToken);
            _seen[endpoint] = eTag;
            Settle(endpoint);
            await KeepAsync(found.Manifest, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            state.Note(endpoint, error.Message, answers: table.Find(endpoint) is not null);
            Note(endpoint, eTag, error.Message);
        }
    }

    private async Task FollowAsync(string endpoint, EndpointManifest manifest, CancellationToken cancellationToken)
    {
        ManifestException.ThrowIfInvalid(endpoint, manifest);
        if (manifest.Variants.Count is 0)
        {
            Forget(endpoint);
            return;
        }

        var served = new ServedEndpoint(manifest, await TakeAsync(manifest, cancellationToken), shelf);
        statistics.Follow(served);
        table.Switch(served);
        LogSwitched(endpoint, manifest.Revision, string.Join(", ", manifest.Variants.Select(v => $"{v.Name} = {v.Model} version {v.Version} at {v.Weight} %")));
    }

    /// <summary>All variants or none: what is in memory already is used again, what is not is loaded and warmed.</summary>
    private async Task<IReadOnlyList<ServedVariant>> TakeAsync(EndpointManifest manifest, CancellationToken cancellationToken)
    {
        var variants = new List<ServedVariant>();
        try
        {
            foreach (var variant in manifest.Variants) variants.Add(new(variant, await shelf.TakeAsync(variant, cancellationToken)));
            return variants;
        }
        catch
        {
            foreach (var variant in variants) shelf.GiveBack(variant.Model);
            throw;
        }
    }

    /// <summary>Storage cannot be read at the start: what was served last is served again.</summary>
    private async Task FollowCacheAsync(EndpointManifests cached, CancellationToken cancellationToken)
    {
        foreach (var (endpoint, _) in await cached.ListAsync(cancellationToken))
        {
            try
            {
                if (await cached.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest }) continue;
                await FollowAsync(endpoint, manifest, cancellationToken);
                LogCached(endpoint, manifest.Revision);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                state.Note(endpoint, error.Message, answers: false);
                Note(endpoint, "", error.Message);
            }
        }

        // Nothing kept is nothing to be ready for.
        if (table.Names.Any()) state.Followed();
    }

    /// <summary>What cannot be kept is told; it is served all the same.</summary>
    private async Task KeepAsync(EndpointManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            if (manifest.Variants.Count > 0) await cache.KeepAsync(manifest, blobs, cancellationToken);
            else await cache.ForgetAsync(manifest.Endpoint, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogNotKept(manifest.Endpoint, error.Message);
        }
    }

    /// <summary>
    /// The manifest is gone. When its models are gone as well, it is the storage that is: a share that is not mounted looks like an empty
    /// one. What answers then goes on answering.
    /// </summary>
    private async Task RemoveAsync(string endpoint, CancellationToken cancellationToken)
    {
        foreach (var variant in table.Find(endpoint)?.Manifest.Variants ?? [])
        {
            if (await blobs.TryGetInfoAsync(ModelPackage.PathOf(variant.Model, variant.Version) + ModelPackage.Model, cancellationToken) is not null) continue;
            const string problem = "its manifest is gone, and so is its model: storage seems to be away";
            state.Note(endpoint, problem, answers: true);
            Note(endpoint, "", problem);
            return;
        }

        Forget(endpoint);
        Settle(endpoint);
        _seen.Remove(endpoint);
        await cache.ForgetAsync(endpoint, cancellationToken);
        LogRemoved(endpoint);
    }

    private void Forget(string endpoint)
    {
        table.Remove(endpoint);
        statistics.Forget(endpoint);
    }

    private void Settle(string endpoint)
    {
        _troubles.Remove(endpoint);
        state.Settle(endpoint);
    }

    /// <summary>Says once what is wrong, and tries again later: a model's file is hashed as a whole each time.</summary>
    private void Note(string endpoint, string eTag, string problem)
    {
        var known = _troubles.GetValueOrDefault(endpoint);
        _troubles[endpoint] = new(eTag, problem, time.GetUtcNow() + s_retryInterval);
        if (known?.ETag != eTag || known.Problem != problem) LogProblem(endpoint, problem);
    }

    private sealed record Trouble(string ETag, string Problem, DateTimeOffset RetryAt);

    [LoggerMessage(4101, LogLevel.Information, "Endpoint {Endpoint}: follows manifest revision {Revision}: {Variants}")]
    private partial void LogSwitched(string endpoint, int revision, string variants);

    [LoggerMessage(4102, LogLevel.Warning, "Endpoint '{Endpoint}': its manifest cannot be followed, what answered before goes on answering: {Problem}")]
    private partial void LogProblem(string endpoint, string problem);

    [LoggerMessage(4103, LogLevel.Information, "Endpoint {Endpoint}: its manifest is gone, it answers no more")]
    private partial void LogRemoved(string endpoint);

    [LoggerMessage(4105, LogLevel.Warning, "Endpoint '{Endpoint}': storage is away, it answers with what was kept of manifest revision {Revision}")]
    private partial void LogCached(string endpoint, int revision);

    [LoggerMessage(4106, LogLevel.Warning, "Endpoint '{Endpoint}': what it answers with cannot be kept for a start without storage: {Problem}")]
    private partial void LogNotKept(string endpoint, string problem);
}
