using MlOps.Core.Specification.Reading;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Triggers;

/// <summary>Takes note of arrived files, where something tells of them.</summary>
public sealed class Arrivals
{
    private readonly PipelineCatalog _pipelines;
    private readonly IIncomingFiles _incoming;
    private readonly DurableTaskClient _client;

    internal Arrivals(PipelineCatalog pipelines, IIncomingFiles incoming, DurableTaskClient client) =>
        (_pipelines, _incoming, _client) = (pipelines, incoming, client);

    /// <summary>The pipeline whose incoming folder a blob lies in; <see langword="null"/> when it lies in none, or is not finished by its name.</summary>
    public string? PipelineOf(string blob)
    {
        // The innermost, where one incoming folder lies in another.
        var found = _pipelines.Names().Select(name => (Name: name, Folder: FolderOf(name)))
            .Where(p => blob.StartsWith(p.Folder, StringComparison.Ordinal)).OrderByDescending(p => p.Folder.Length).FirstOrDefault();
        return found.Name is null || IncomingNames.IsUnfinished(blob[found.Folder.Length..].Split('/')[0]) ? null : found.Name;
    }

    /// <summary>Has a pipeline's incoming folder looked into. To be told twice does no harm.</summary>
    public async Task NoteAsync(string pipeline, CancellationToken cancellationToken)
    {
        try
        {
            await _client.ScheduleNewOrchestrationInstanceAsync(
                nameof(ArrivalWatch), pipeline, new StartOrchestrationOptions { InstanceId = $"arrivals:{pipeline}" }, cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // Somebody is looking already. Should that look just be ending, the next sweep finds what it missed.
        }
    }

    /// <summary>Has every incoming folder looked into that holds a file: for those that nobody told of.</summary>
    /// <returns>The pipelines in whose folders files lie.</returns>
    public async Task<IReadOnlyList<string>> SweepAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var name in _pipelines.Names())
        {
            if ((await _incoming.ListAsync(FolderOf(name), cancellationToken)).Count is 0) continue;
            await NoteAsync(name, cancellationToken);
            found.Add(name);
        }

        return found;
    }

    /// <summary>Where a pipeline's files arrive. One whose file is broken must not keep the others' from being seen, and its own are not lost: the look into them says what is wrong.</summary>
    private string FolderOf(string pipeline)
    {
        try
        {
            if (_pipelines.TryRead(pipeline) is { } read) return read.Spec.Triggers.Blob;
        }
        catch (PipelineSpecException)
        {
            // Whoever looks is told.
        }

        return $"incoming/{pipeline}/";
    }
}
