using MlOps.DurableTask;
using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Scoring;

/// <summary>Takes note of files dropped to be scored, where something tells of them.</summary>
public sealed class ScoringArrivals
{
    private readonly IIncomingFiles _incoming;
    private readonly ScoringRetention _retention;
    private readonly DurableTaskClient _client;

    internal ScoringArrivals(IIncomingFiles incoming, ScoringRetention retention, DurableTaskClient client) => (_incoming, _retention, _client) = (incoming, retention, client);

    /// <summary>The endpoint whose folder a blob lies in; <see langword="null"/> when it lies in none, or is not finished by its name.</summary>
    public static string? EndpointOf(string blob) =>
        blob.StartsWith(ScoringDrops.Folder, StringComparison.Ordinal) && blob[ScoringDrops.Folder.Length..].Split('/') is [{ Length: > 0 } endpoint, var file, ..] && !IncomingNames.IsUnfinished(file)
            ? endpoint
            : null;

    /// <summary>Has an endpoint's folder looked into. To be told twice does no harm.</summary>
    public async Task NoteAsync(string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await _client.ScheduleNewOrchestrationInstanceAsync(nameof(ScoringWatch), endpoint, new StartOrchestrationOptions { InstanceId = $"scoring-arrivals:{endpoint}" }, cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Somebody is looking already. Should that look just be ending, the next sweep finds what it missed.
        }
    }

    /// <summary>Has every folder looked into that holds a file: for those that nobody told of. Deletes what is old enough.</summary>
    /// <returns>The endpoints in whose folders files lie.</returns>
    public async Task<IReadOnlyList<string>> SweepAsync(CancellationToken cancellationToken)
    {
        var endpoints = (await _incoming.ListAsync(ScoringDrops.Folder, cancellationToken)).Where(e => IncomingNames.IsFolder(e.Name)).Select(e => IncomingNames.NameOf(e.Name).TrimEnd('/'))
            .Where(e => BlobName.FindFault(e) is null).ToList();
        foreach (var endpoint in endpoints) await NoteAsync(endpoint, cancellationToken);
        await _retention.PruneAsync(cancellationToken);
        return endpoints;
    }
}
