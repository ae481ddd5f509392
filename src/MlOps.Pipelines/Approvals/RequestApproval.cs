using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>What an approval waits for, and until when.</summary>
internal sealed record ApprovalTerms(bool Decided, DateTimeOffset ExpiresAt);

/// <summary>Opens the request for a decision, or decides at once where the pipeline or the one who started the run says so.</summary>
internal sealed class RequestApproval(RunStepServices services, ApprovalStore approvals, TimeProvider time)
    : TaskActivity<ApprovalRequest, ApprovalTerms>
{
    public override async Task<ApprovalTerms> RunAsync(TaskActivityContext context, ApprovalRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var request = await OpenAsync(context.InstanceId, input, cancellationToken);
        await services.Runs.StartStepAsync(input.RunId, RunSteps.Approve, "", cancellationToken);
        if (request.Decision is not null || await DecideBeforehandAsync(input, cancellationToken)) return new(true, request.ExpiresAt);

        await services.Runs.ReportStepAsync(input.RunId, RunSteps.Approve, $"waiting for a decision until {request.ExpiresAt:u}", cancellationToken);
        await services.Runs.SetStatusAsync(input.RunId, RunStatus.WaitingForApproval, null, cancellationToken);
        return new(false, request.ExpiresAt);
    }

    private async Task<ApprovalRecord> OpenAsync(string instanceId, ApprovalRequest input, CancellationToken cancellationToken)
    {
        var spec = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        var terms = spec.Approval ?? new();
        var now = time.GetUtcNow();
        await approvals.RequestAsync(
            new()
            {
                Id = input.RunId,
                Model = input.Model,
                InstanceId = instanceId,
                Approvers = terms.Approvers,
                RequestedAt = now,
                ExpiresAt = now + terms.Timeout,
            },
            cancellationToken);
        return (await approvals.TryGetAsync(input.RunId, cancellationToken))!;
    }

    private async Task<bool> DecideBeforehandAsync(ApprovalRequest input, CancellationToken cancellationToken)
    {
        var spec = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        var run = await services.Runs.TryGetAsync(input.RunId, cancellationToken);
        var (by, reason) = (spec.Approval, run?.AutoApprovedBy) switch
        {
            (null, _) => ("mlops", $"Pipeline '{spec.Name}' asks nobody: it has no 'approval'."),
            (_, { } person) => (person, $"Approved beforehand: {person} started the run with --auto-approve."),
            _ => (null, ""),
        };
        return by is not null
            && (await approvals.DecideAsync(input.RunId, approved: true, by, reason, cancellationToken)).Status is DecisionStatus.Recorded or DecisionStatus.AlreadyDecided;
    }
}
