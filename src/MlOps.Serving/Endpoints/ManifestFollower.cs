using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Storage.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>Follows the endpoints' manifests. A version that cannot be loaded leaves the last good one in place, and says why.</summary>
internal sealed partial class ManifestFollower(
    EndpointStore store, EndpointTable table, ModelLoader loader, IOptions<ServingOptions> options, TimeProvider time, ILogger<ManifestFollower> logger)
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
        if (await store.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Variants is not [var variant, ..])
        {
            table.Remove(endpoint);
            return;
        }

        table.Switch(endpoint, await loader.LoadAsync(variant, cancellationToken));
        LogSwitched(endpoint, variant.Model, variant.Version, manifest.Revision);
    }

    private void Remove(string endpoint)
    {
        table.Remove(endpoint);
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

    [LoggerMessage(4101, LogLevel.Information, "Endpoint {Endpoint}: answers with model {Model} version {Version} (manifest revision {Revision})")]
    private partial void LogSwitched(string endpoint, string model, int version, int revision);

    [LoggerMessage(4102, LogLevel.Warning, "Endpoint '{Endpoint}': its manifest cannot be followed, what answered before goes on answering: {Problem}")]
    private partial void LogProblem(string endpoint, string problem);

    [LoggerMessage(4103, LogLevel.Information, "Endpoint {Endpoint}: its manifest is gone, it answers no more")]
    private partial void LogRemoved(string endpoint);
}
