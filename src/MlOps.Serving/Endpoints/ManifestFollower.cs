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
    private readonly Dictionary<string, string> seen = new(StringComparer.Ordinal);

    /// <summary>Loads what there is before the server listens: the first request finds its endpoint.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryFollowAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFollowAsync(stoppingToken);
    }

    private async Task TryFollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (endpoint, eTag) in await store.ListAsync(cancellationToken))
            {
                if (seen.TryGetValue(endpoint, out var known) && known == eTag) continue;
                await FollowAsync(endpoint, cancellationToken);
                seen[endpoint] = eTag;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Storage away, a manifest or a model that cannot be used: what answers now goes on answering, and the next look may do better.
            LogProblem(error.Message);
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

    [LoggerMessage(4101, LogLevel.Information, "Endpoint {Endpoint}: answers with model {Model} version {Version} (manifest revision {Revision})")]
    private partial void LogSwitched(string endpoint, string model, int version, int revision);

    [LoggerMessage(4102, LogLevel.Warning, "The endpoints' manifests cannot be followed: {Problem}")]
    private partial void LogProblem(string problem);
}
