using MlOps.Core.Approvals;
using MlOps.DurableTask;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>Takes what people do with requests: written down first, then told to the orchestration that waits.</summary>
public sealed class ApprovalDesk
{
    private readonly ApprovalStore _approvals;
    private readonly ApprovalMessenger _messenger;
    private readonly DurableTaskClient _client;

    internal ApprovalDesk(ApprovalStore approvals, ApprovalMessenger messenger, DurableTaskClient client) =>
        (_approvals, _messenger, _client) = (approvals, messenger, client);

    /// <summary>Takes a vote; the one that completes the quorum decides.</summary>
    public async Task<DecisionOutcome> VoteAsync(string id, Approver by, Ballot ballot, CancellationToken cancellationToken) =>
        await ToldAsync(await _approvals.VoteAsync(id, by, ballot, cancellationToken), cancellationToken);

    /// <summary>Takes a vote back while nothing is decided.</summary>
    public Task<DecisionOutcome> WithdrawVoteAsync(string id, Approver by, string reason, CancellationToken cancellationToken) =>
        _approvals.WithdrawVoteAsync(id, by, reason, cancellationToken);

    /// <summary>Takes the whole request back.</summary>
    public async Task<DecisionOutcome> WithdrawAsync(string id, Approver by, string reason, CancellationToken cancellationToken) =>
        await ToldAsync(await _approvals.WithdrawAsync(id, by, reason, cancellationToken), cancellationToken);

    /// <summary>Hands a vote to somebody else, who is told.</summary>
    public async Task<DecisionOutcome> DelegateAsync(string id, Approver by, string to, string reason, CancellationToken cancellationToken)
    {
        var outcome = await _approvals.DelegateAsync(id, by, to, reason, cancellationToken);
        if (outcome.Status is DecisionStatus.Recorded) await _messenger.SendDelegationAsync(outcome.Request!, cancellationToken);
        return outcome;
    }

    /// <summary>Tells decisions that a crash kept from being told. Telling one twice is harmless: only the first is waited for.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var request in (await _approvals.ListAsync(cancellationToken)).Where(r => r.Decision is not null))
        {
            if (await _client.GetInstanceAsync(request.InstanceId, cancellationToken: cancellationToken) is { IsCompleted: false })
                await TellAsync(request, cancellationToken);
        }
    }

    private async Task<DecisionOutcome> ToldAsync(DecisionOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome is { Status: DecisionStatus.Recorded, Request: { Decision: not null } request }) await TellAsync(request, cancellationToken);
        return outcome;
    }

    private Task TellAsync(ApprovalRecord request, CancellationToken cancellationToken) =>
        _client.RaiseEventAsync(request.InstanceId, ApprovalEvents.Decided, request.Decision, cancellationToken);
}
