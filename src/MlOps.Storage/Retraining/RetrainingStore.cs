using System.Security.Cryptography;
using System.Text;
using MlOps.Core.Retraining;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Retraining;

/// <summary>Wishes to train again and what became of them; each change is audited.</summary>
/// <remarks>Table <c>retraining</c>: partition = pipeline, row = SHA-256 of the id, since ids may hold any character.</remarks>
public sealed class RetrainingStore(ITableStore tables, AuditLog audit)
{
    private const string Table = "retraining";

    /// <summary>Takes a wish; one that was taken before is left as it is.</summary>
    /// <returns>The wish as it stands, and whether it is new.</returns>
    public async Task<(RetrainingRequest Request, bool IsNew)> AddAsync(RetrainingRequest request, CancellationToken cancellationToken)
    {
        var isNew = await tables.TryInsertAsync(Table, request.Pipeline, RowOf(request.Id), request, cancellationToken);
        var taken = isNew ? request : await tables.ReadJsonAsync<RetrainingRequest>(Table, request.Pipeline, RowOf(request.Id), cancellationToken);
        // Also of one that was there: a crash may have come between the wish and its entry.
        await audit.AppendAsync(
            new(taken.By, "retraining.requested", SubjectOf(taken), taken.Reason, null, taken.Trigger.ToString()) { Key = $"{SubjectOf(taken)}#requested" }, cancellationToken);
        return (taken, isNew);
    }

    /// <summary>The wishes of a pipeline, the newest cause first.</summary>
    public async Task<IReadOnlyList<RetrainingRequest>> ListAsync(string pipeline, CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<RetrainingRequest>(Table, new TableQuery { Partition = pipeline }, cancellationToken);
        return [.. all.OrderByDescending(r => r.At).ThenBy(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>Writes down what became of a wish. A wish is in each status once at most.</summary>
    public async Task SaveAsync(RetrainingRequest request, CancellationToken cancellationToken)
    {
        var before = await tables.TryReadJsonAsync<RetrainingRequest>(Table, request.Pipeline, RowOf(request.Id), cancellationToken);
        if (before is null || before == request) return;
        // Told first: what has left its status is not looked at again, so that its entry could not follow after a crash.
        if (before.Status != request.Status)
            await audit.AppendAsync(
                new("mlops", $"retraining.{request.Status.ToString().ToLowerInvariant()}", SubjectOf(request), request.Outcome ?? request.Reason, before.Status.ToString(), request.Status.ToString())
                {
                    Key = $"{SubjectOf(request)}#{request.Status}",
                },
                cancellationToken);
        await tables.UpdateAsync<RetrainingRequest>(Table, request.Pipeline, RowOf(request.Id), _ => request, cancellationToken);
    }

    private static string SubjectOf(RetrainingRequest request) => $"pipelines/{request.Pipeline}/retraining/{request.Id}";

    private static string RowOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
