using MlOps.Core.Releases;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Releases;

/// <summary>The records of releases. A final status is never left; every move from one status to another is audited.</summary>
/// <remarks>Table <c>releases</c>: one partition, row = id of the release.</remarks>
public sealed class ReleaseStore(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "releases";
    private const string Partition = "releases";

    /// <summary>Opens a release; opening it again changes nothing. Answers the record that stands.</summary>
    public async Task<ReleaseRecord> OpenAsync(ReleaseRecord release, CancellationToken cancellationToken)
    {
        var opened = await tables.CreateOrReadJsonAsync(Table, Partition, release.Id, release, cancellationToken);
        // Also of one that was there: a crash may have come between the release and its entry.
        await audit.AppendAsync(
            new(opened.ApprovedBy, "release.requested", Subject(opened.Id), $"{opened.Model.Name} version {opened.Model.Version} to endpoint {opened.Endpoint}, {opened.Strategy}.")
            {
                Key = $"{Subject(opened.Id)}#requested",
            },
            cancellationToken);
        return opened;
    }

    /// <summary>A release, or <see langword="null"/>.</summary>
    public async Task<ReleaseRecord?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        await tables.TryReadJsonAsync<ReleaseRecord>(Table, Partition, id, cancellationToken);

    /// <summary>Releases, newest first.</summary>
    /// <param name="endpoint">Only this endpoint's; <see langword="null"/>: all.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<ReleaseRecord>> ListAsync(string? endpoint, CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<ReleaseRecord>(Table, new TableQuery { Partition = Partition }, cancellationToken);
        return [.. all.Where(r => endpoint is null || r.Endpoint == endpoint).OrderByDescending(r => r.RequestedAt).ThenByDescending(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>Releases of an endpoint that have not ended, in the order in which their turn comes.</summary>
    public async Task<IReadOnlyList<ReleaseRecord>> ListOpenAsync(string endpoint, CancellationToken cancellationToken) =>
        [.. (await ListAsync(endpoint, cancellationToken)).Where(r => !r.Status.IsFinal()).OrderBy(r => r.RequestedAt).ThenBy(r => r.Id, StringComparer.Ordinal)];

    /// <summary>Notes what a release does now. Doing it again changes nothing; one that has ended stays as it is.</summary>
    /// <param name="id">The release.</param>
    /// <param name="by">Who has it do that.</param>
    /// <param name="change">What to note; its message goes into the history when it is another than before.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>What stands there afterwards, or <see langword="null"/> when there is no such release.</returns>
    public async Task<ReleaseRecord?> NoteAsync(string id, string by, Func<ReleaseRecord, ReleaseRecord> change, CancellationToken cancellationToken)
    {
        // A move is told before the next one is made, and when its activity runs again: a crash keeps none from the log.
        if (await TryGetAsync(id, cancellationToken) is not { } known) return null;
        await TellAsync(known, cancellationToken);
        var after = await tables.UpdateAsync<ReleaseRecord>(Table, Partition, id, Change, cancellationToken);
        if (after is not null && after.History.Count != known.History.Count) await TellAsync(after, cancellationToken);
        return after;

        ReleaseRecord Change(ReleaseRecord current)
        {
            if (current.Status.IsFinal()) return current;
            var next = change(current);
            if (next.Status == current.Status && next.Message == current.Message) return next;
            var now = time.GetUtcNow();
            return next with
            {
                History = [.. current.History, new(now, by, next.Message) { From = next.Status == current.Status ? null : current.Status, To = next.Status == current.Status ? null : next.Status }],
                FinishedAt = next.Status.IsFinal() ? now : null,
                StepEndsAt = next.Status.IsFinal() ? null : next.StepEndsAt,
            };
        }
    }

    /// <summary>Tells the last move from one status to another. Told again, it is written once.</summary>
    private async Task TellAsync(ReleaseRecord release, CancellationToken cancellationToken)
    {
        if (release.History is not [.., { To: { } to } move]) return;
        await audit.AppendAsync(
            new(move.By, $"release.{to.ToString().ToLowerInvariant()}", Subject(release.Id), move.What, move.From?.ToString(), to.ToString()) { Key = $"{Subject(release.Id)}#{release.History.Count}" },
            cancellationToken);
    }

    private static string Subject(string id) => $"releases/{id}";
}
