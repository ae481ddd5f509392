using MlOps.Storage.Tables;

namespace MlOps.Storage.Pipelines;

/// <summary>Files that will arrive together, and what their run is to do: written before the first of them arrives.</summary>
public sealed record Announcement
{
    /// <summary>Id; also that of the run's <c>RunRecord.Announcement</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>Blob names in the incoming folder.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Who announces them.</summary>
    public required string By { get; init; }

    /// <summary>Why, for the audit log.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether the one who announces approves the candidate beforehand.</summary>
    public bool AutoApprove { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The announcements that no run has taken up yet.</summary>
/// <remarks>Table <c>announcements</c>: partition = pipeline, row = id.</remarks>
public sealed class AnnouncementStore(ITableStore tables)
{
    private const string Table = "announcements";

    /// <summary>Announces; announcing the same id again changes nothing.</summary>
    public Task AddAsync(Announcement announcement, CancellationToken cancellationToken) =>
        tables.TryInsertAsync(Table, announcement.Pipeline, announcement.Id, announcement, cancellationToken);

    /// <summary>The open announcements of a pipeline, or of all.</summary>
    public Task<IReadOnlyList<Announcement>> ListAsync(string? pipeline, CancellationToken cancellationToken) =>
        tables.ReadAllAsync<Announcement>(Table, new TableQuery { Partition = pipeline }, cancellationToken);

    /// <summary>Closes an announcement once a run has taken it up.</summary>
    public Task CloseAsync(Announcement announcement, CancellationToken cancellationToken) =>
        tables.DeleteAsync(Table, announcement.Pipeline, announcement.Id, cancellationToken);
}
