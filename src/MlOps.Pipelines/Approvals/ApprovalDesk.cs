using MlOps.Core.Approvals;
using MlOps.DurableTask;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>Takes people's decisions: written down first, then told to the orchestration that waits.</summary>
public sealed class ApprovalDesk
{
    private readonly ApprovalStore approvals;
    private readonly DurableTaskClient client;

    internal ApprovalDesk(ApprovalStore approvals, DurableTaskClient client) => (this.approvals, this.client) = (approvals, client);

    /// <summary>Decides on a request; the first decision stands.</summary>
    public async Task<DecisionOutcome> DecideAsync(string id, bool approved, string by, string reason, CancellationToken cancellationToken)
    {
        var outcome = await approvals.DecideAsync(id, approved, by, reason, cancellationToken);
        if (outcome.Status is DecisionStatus.Recorded) await TellAsync(outcome.Request!, cancellationToken);
        return outcome;
    }

    /// <summary>Tells decisions that a crash kept from being told. Telling one twice is harmless: only the first is waited for.</summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var request in (await approvals.ListAsync(cancellationToken)).Where(r => r.Decision is not null))
        {
            if (await client.GetInstanceAsync(request.InstanceId, cancellationToken: cancellationToken) is { IsCompleted: false })
                await TellAsync(request, cancellationToken);
        }
    }

    private Task TellAsync(ApprovalRecord request, CancellationToken cancellationToken) =>
        client.RaiseEventAsync(request.InstanceId, ApprovalEvents.Decided, request.Decision, cancellationToken);
}
