using MlOps.Core.Approvals;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Approvals;

/// <summary>Requests for a decision, the votes on them, and the decisions: every act checked by the rules, every attempt audited.</summary>
/// <remarks>Table <c>approvals</c>: one partition, row = id of the request.</remarks>
public sealed class ApprovalStore(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "approvals";
    private const string Partition = "approvals";

    /// <summary>Opens a request; opening it again changes nothing.</summary>
    /// <returns>The request as it stands afterwards.</returns>
    public async Task<ApprovalRecord> RequestAsync(ApprovalRecord request, CancellationToken cancellationToken)
    {
        var opened = await tables.CreateOrReadJsonAsync(Table, Partition, request.Id, request, cancellationToken);
        await audit.AppendAsync(new("mlops", "approval.requested", opened.Subject, $"Run {opened.Id} passed its gates.") { Key = $"approvals/{opened.Id}/requested" }, cancellationToken);
        return opened;
    }

    /// <summary>A request, or <see langword="null"/>.</summary>
    public async Task<ApprovalRecord?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        await tables.TryReadJsonAsync<ApprovalRecord>(Table, Partition, id, cancellationToken);

    /// <summary>A request, once all that was done with it is in the audit log, whatever crash came in between; <see langword="null"/>: there is none.</summary>
    public async Task<ApprovalRecord?> TellAsync(string id, CancellationToken cancellationToken)
    {
        var request = await TryGetAsync(id, cancellationToken);
        if (request is not null) await TellAsync(request, cancellationToken);
        return request;
    }

    /// <summary>All requests, in order of their ids.</summary>
    public Task<IReadOnlyList<ApprovalRecord>> ListAsync(CancellationToken cancellationToken) =>
        tables.ReadAllAsync<ApprovalRecord>(Table, new TableQuery { Partition = Partition }, cancellationToken);

    /// <summary>Writes a person's vote down.</summary>
    public Task<DecisionOutcome> VoteAsync(string id, Approver by, Ballot ballot, CancellationToken cancellationToken) => ActAsync(
        id, by.Name, "approval.voted", ballot.InWords, (request, now) => ApprovalRules.Vote(request, by, ballot.Approved, ballot.Reason, ballot.Conditions, ballot.Link, now), cancellationToken);

    /// <summary>Takes a person's vote back.</summary>
    public Task<DecisionOutcome> WithdrawVoteAsync(string id, Approver by, string reason, CancellationToken cancellationToken) =>
        ActAsync(id, by.Name, "approval.vote-withdrawn", reason, (request, now) => ApprovalRules.WithdrawVote(request, by, now), cancellationToken);

    /// <summary>Takes the whole request back.</summary>
    public Task<DecisionOutcome> WithdrawAsync(string id, Approver by, string reason, CancellationToken cancellationToken) =>
        ActAsync(id, by.Name, "approval.withdrawn", reason, (request, now) => ApprovalRules.Withdraw(request, by, reason, now), cancellationToken);

    /// <summary>Hands a person's vote to another.</summary>
    public Task<DecisionOutcome> DelegateAsync(string id, Approver by, string to, string reason, CancellationToken cancellationToken) =>
        ActAsync(id, by.Name, "approval.delegated", $"To {to}: {reason}", (request, now) => ApprovalRules.Delegate(request, by, to, reason, now), cancellationToken);

    /// <summary>Lets further people vote.</summary>
    public Task<DecisionOutcome> EscalateAsync(string id, CancellationToken cancellationToken) =>
        ActAsync(id, "mlops", "approval.escalated", "Nobody has decided so far.", ApprovalRules.Escalate, cancellationToken, isStep: true);

    /// <summary>Decides for nobody: what was settled beforehand, or what the pipeline's policy says. A decision that stands is left alone.</summary>
    public Task<DecisionOutcome> CloseAsync(string id, bool approved, string by, string reason, CancellationToken cancellationToken) =>
        ActAsync(id, by, "approval.closed", reason, (request, now) => ApprovalRules.Close(request, approved, by, reason, now), cancellationToken, isStep: true);

    /// <summary>Notes an attempt that never came to the rules: a link that was forged, or for something else.</summary>
    public Task RefuseAsync(ApprovalRecord request, string by, string why, CancellationToken cancellationToken) => RefuseAsync(request, by, why, null, cancellationToken);

    private Task<AuditEntry> RefuseAsync(ApprovalRecord request, string by, string why, string? key, CancellationToken cancellationToken) =>
        audit.AppendAsync(new(by, "approval.refused", request.Subject, why) { Key = key }, cancellationToken);

    /// <summary>Notes that somebody made a link with which an approver can vote.</summary>
    public Task NoteLinkAsync(ApprovalRecord request, string by, string approver, CancellationToken cancellationToken) =>
        audit.AppendAsync(new(by, "approval.link-created", request.Subject, $"For {approver}."), cancellationToken);

    /// <param name="id">The request.</param>
    /// <param name="by">Who acts.</param>
    /// <param name="action">What they do, as the audit log names it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="act">The rule.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <param name="isStep">Whether it is an activity, which may run a second time; a person's second attempt is one of its own.</param>
    private async Task<DecisionOutcome> ActAsync(
        string id, string by, string action, string reason, Func<ApprovalRecord, DateTimeOffset, ApprovalChange> act, CancellationToken cancellationToken, bool isStep = false)
    {
        while (true)
        {
            if (await tables.TryReadVersionedJsonAsync<ApprovalRecord>(Table, Partition, id, cancellationToken) is not { } current)
                return new(DecisionStatus.Unknown, null);
            // An act is told before the next one is done, and when its activity runs again: a crash keeps none from the log.
            await TellAsync(current.Value, cancellationToken);
            var last = current.Value.LastAct;
            if (isStep && last == new ApprovalAct(last?.Number ?? 0, by, action, reason)) return new(DecisionStatus.Recorded, current.Value);
            var (status, changed) = act(current.Value, time.GetUtcNow());
            if (status is not DecisionStatus.Recorded)
            {
                var refusal = $"{action[(action.IndexOf('.', StringComparison.Ordinal) + 1)..]}: {status}";
                await RefuseAsync(changed, by, refusal, isStep ? $"approvals/{id}#{refusal}" : null, cancellationToken);
                return new(status, changed);
            }

            if (ReferenceEquals(changed, current.Value)) return new(status, changed);
            changed = changed with { LastAct = new((last?.Number ?? 0) + 1, by, action, reason) };
            if (!await tables.TryReplaceAsync(Table, Partition, id, changed, current.ETag, cancellationToken)) continue;

            await TellAsync(changed, cancellationToken);
            return new(status, changed);
        }
    }

    /// <summary>Tells what was done last, and the decision where there is one. Both are written once, however often they are told.</summary>
    private async Task TellAsync(ApprovalRecord request, CancellationToken cancellationToken)
    {
        if (request.LastAct is { } act)
            await audit.AppendAsync(new(act.By, act.Action, request.Subject, act.Reason) { Key = $"approvals/{request.Id}#{act.Number}" }, cancellationToken);
        if (request.Decision is not { } decision) return;
        await audit.AppendAsync(
            new(decision.By, decision.Approved ? "approval.approved" : "approval.rejected", request.Subject, decision.Reason) { Key = $"approvals/{request.Id}/decision" }, cancellationToken);
    }
}

/// <summary>What somebody votes.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="Reason">Why; not empty on a no.</param>
/// <param name="Conditions">What the approval is tied to.</param>
/// <param name="Link">Number of the signed link that it came through; <see langword="null"/>: through the API.</param>
public sealed record Ballot(bool Approved, string Reason, ApprovalConditions? Conditions = null, string? Link = null)
{
    internal string InWords => $"{(Approved ? "Yes" : "No")}{ApprovalConditions.InWords(Conditions)}{(Reason.Length is 0 ? "." : $": {Reason}")}";
}

/// <summary>What became of an act on a request.</summary>
/// <param name="Status">Whether it was recorded, or why not.</param>
/// <param name="Request">The request; <see langword="null"/> when there is none of that id.</param>
public sealed record DecisionOutcome(DecisionStatus Status, ApprovalRecord? Request);
