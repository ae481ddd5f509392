using MlOps.Core.Approvals;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Approvals;

/// <summary>Requests for a decision, and the decisions: one each, never changed, every attempt audited.</summary>
/// <remarks>Table <c>approvals</c>: one partition, row = id of the request.</remarks>
public sealed class ApprovalStore(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "approvals";
    private const string Partition = "approvals";

    /// <summary>Opens a request; opening it again changes nothing.</summary>
    public async Task RequestAsync(ApprovalRecord request, CancellationToken cancellationToken)
    {
        if (await tables.TryInsertAsync(Table, Partition, request.Id, request, cancellationToken))
            await audit.AppendAsync(new("mlops", "approval.requested", Subject(request), $"Run {request.Id} passed its gates."), cancellationToken);
    }

    /// <summary>A request, or <see langword="null"/>.</summary>
    public async Task<ApprovalRecord?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        await tables.TryReadJsonAsync<ApprovalRecord>(Table, Partition, id, cancellationToken);

    /// <summary>All requests, in order of their ids.</summary>
    public Task<IReadOnlyList<ApprovalRecord>> ListAsync(CancellationToken cancellationToken) =>
        tables.ReadAllAsync<ApprovalRecord>(Table, new TableQuery { Partition = Partition }, cancellationToken);

    /// <summary>Writes a person's decision down; the first one stands.</summary>
    public Task<DecisionOutcome> DecideAsync(string id, bool approved, string by, string reason, CancellationToken cancellationToken) =>
        DecideAsync(id, approved, by, reason, request => RefusalOf(request, by), cancellationToken);

    /// <summary>Decides for nobody, once the time is over: what the pipeline's policy says. A decision that a person made before stands.</summary>
    public Task<DecisionOutcome> CloseAsync(string id, bool approved, string reason, CancellationToken cancellationToken) =>
        DecideAsync(id, approved, "mlops", reason, request => request.Decision is null ? null : DecisionStatus.AlreadyDecided, cancellationToken);

    private async Task<DecisionOutcome> DecideAsync(
        string id, bool approved, string by, string reason, Func<ApprovalRecord, DecisionStatus?> refusalOf, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await tables.TryReadVersionedJsonAsync<ApprovalRecord>(Table, Partition, id, cancellationToken) is not { } current)
                return new(DecisionStatus.Unknown, null);
            if (refusalOf(current.Value) is { } refusal)
            {
                await audit.AppendAsync(new(by, "approval.refused", Subject(current.Value), refusal.ToString()), cancellationToken);
                return new(refusal, current.Value);
            }

            var decided = current.Value with { Decision = new(approved, by, reason, time.GetUtcNow()) };
            if (!await tables.TryReplaceAsync(Table, Partition, id, decided, current.ETag, cancellationToken)) continue;

            await audit.AppendAsync(new(by, approved ? "approval.approved" : "approval.rejected", Subject(decided), reason), cancellationToken);
            return new(DecisionStatus.Recorded, decided);
        }
    }

    private DecisionStatus? RefusalOf(ApprovalRecord request, string by) => request switch
    {
        { Decision: not null } => DecisionStatus.AlreadyDecided,
        _ when request.ExpiresAt <= time.GetUtcNow() => DecisionStatus.Expired,
        _ when request.Approvers.Count > 0 && !request.Approvers.Contains(by, StringComparer.OrdinalIgnoreCase) => DecisionStatus.NotAnApprover,
        _ => null,
    };

    private static string Subject(ApprovalRecord request) => $"models/{request.Model.Name}/{request.Model.Version}";
}

/// <summary>What became of an attempt to decide.</summary>
/// <param name="Status">Whether it was recorded, or why not.</param>
/// <param name="Request">The request; <see langword="null"/> when there is none of that id.</param>
public sealed record DecisionOutcome(DecisionStatus Status, ApprovalRecord? Request);

/// <summary>Whether a decision was recorded, or why not.</summary>
public enum DecisionStatus
{
    /// <summary>It stands.</summary>
    Recorded,

    /// <summary>There is no such request.</summary>
    Unknown,

    /// <summary>Somebody has decided before.</summary>
    AlreadyDecided,

    /// <summary>The time was over.</summary>
    Expired,

    /// <summary>The pipeline does not name this person among its approvers.</summary>
    NotAnApprover,
}
