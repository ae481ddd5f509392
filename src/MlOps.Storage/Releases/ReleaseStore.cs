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
        await tables.TryInsertAsync(Table, Partition, release.Id, release, cancellationToken);
        await audit.AppendAsync(
            new(release.ApprovedBy, "release.requested", Subject(release.Id), $"{release.Model.Name} version {release.Model.Version} to endpoint {release.Endpoint}, {release.Strategy}.")
            {
                Key = $"{Subject(release.Id)}#requested",
            },
            cancellationToken);
        return (await TryGetAsync(release.Id, cancellationToken))!;
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
        ReleaseRecord? before = null;
        var after = await tables.UpdateAsync<ReleaseRecord>(Table, Partition, id, Change, cancellationToken);
        // A release enters each status once. Told again, as after a crash between move and entry, it is written once.
        if (after is { Status: not ReleaseStatus.Waiting })
        {
            await audit.AppendAsync(
                new(by, $"release.{after.Status.ToString().ToLowerInvariant()}", Subject(id), after.Message, before?.Status.ToString(), after.Status.ToString()) { Key = $"{Subject(id)}#{after.Status}" },
                cancellationToken);
        }

        return after;

        ReleaseRecord Change(ReleaseRecord current)
        {
            before = null;
            if (current.Status.IsFinal()) return current;
            var next = change(current);
            if (next.Status == current.Status && next.Message == current.Message) return next;
            before = current;
            var now = time.GetUtcNow();
            return next with
            {
                History = [.. current.History, new(now, by, next.Message)],
                FinishedAt = next.Status.IsFinal() ? now : null,
                StepEndsAt = next.Status.IsFinal() ? null : next.StepEndsAt,
            };
        }
    }

    private static string Subject(string id) => $"releases/{id}";
}
