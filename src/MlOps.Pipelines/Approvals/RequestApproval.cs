using Microsoft.Extensions.Options;
using MlOps.Core.Approvals;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Approvals;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Approvals;

/// <summary>What an approval waits for, and until when.</summary>
internal sealed record ApprovalTerms(bool Decided, ApprovalSchedule Schedule);

/// <summary>Opens the request for a decision, or decides at once where the pipeline or the one who started the run says so.</summary>
internal sealed class RequestApproval(RunStepServices services, ApprovalStore approvals, EndpointStore endpoints, FourEyes fourEyes, IOptions<ApprovalOptions> options, TimeProvider time)
    : TaskActivity<ApprovalRequest, ApprovalTerms>
{
    public override async Task<ApprovalTerms> RunAsync(TaskActivityContext context, ApprovalRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var spec = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        var run = await services.Runs.TryGetAsync(input.RunId, cancellationToken) ?? throw new NonRetriableTaskException($"There is no run '{input.RunId}'.");
        var request = await approvals.TryGetAsync(input.RunId, cancellationToken)
            ?? await approvals.RequestAsync(await ComposeAsync(context.InstanceId, input, spec, run, cancellationToken), cancellationToken);
        var schedule = new ApprovalSchedule(request.RequestedAt, request.ExpiresAt, request.RemindEvery, request.EscalatesAt);

        await services.Runs.StartStepAsync(input.RunId, RunSteps.Approve, "", cancellationToken);
        if (request.Decision is not null || await DecideBeforehandAsync(request, spec, run, cancellationToken)) return new(true, schedule);

        await services.Runs.ReportStepAsync(input.RunId, RunSteps.Approve, $"waiting for a decision until {request.ExpiresAt:u}{NoteOn(request, run)}", cancellationToken);
        await services.Runs.SetStatusAsync(input.RunId, RunStatus.WaitingForApproval, null, cancellationToken);
        return new(false, schedule);
    }

    private async Task<ApprovalRecord> ComposeAsync(string instanceId, ApprovalRequest input, PipelineSpec spec, RunRecord run, CancellationToken cancellationToken)
    {
        var terms = (spec.Approval ?? new()).WithRoles(options.Value.Roles.Select(r => new RoleSpec(r.Key, [.. r.Value])));
        var excluded = await fourEyes.FindAsync(run, terms, cancellationToken);
        string[] eligible = [.. terms.Resolve(terms.Approvers).Except(excluded.Select(e => e.Name), StringComparer.OrdinalIgnoreCase)];
        var now = time.GetUtcNow();
        return new()
        {
            Id = input.RunId,
            Model = input.Model,
            InstanceId = instanceId,
            Approvers = eligible,
            ApproversNamed = terms.Approvers.Count > 0,
            Quorum = terms.Quorum.Rule,
            Required = terms.Quorum.RequiredOf(eligible.Length),
            Excluded = excluded,
            Requesters = [.. new[] { run.StartedBy, spec.Owner }.Where(r => r.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)],
            RequestedAt = now,
            HasChampion = (await endpoints.TryGetAsync(spec.Release.Endpoint, cancellationToken))?.Manifest.Champion() is not null,
            ExpiresAt = now + terms.Timeout,
            RemindEvery = terms.RemindEvery,
            EscalatesAt = now + terms.EscalateAfter,
            EscalateTo = terms.Resolve(terms.EscalateTo),
        };
    }

    private async Task<bool> DecideBeforehandAsync(ApprovalRecord request, PipelineSpec spec, RunRecord run, CancellationToken cancellationToken)
    {
        if (spec.Approval is null)
            return await CloseAsync("mlops", $"Pipeline '{spec.Name}' asks nobody: it has no 'approval'.");
        if (run.AutoApprovedBy is not { } person) return false;
        var reason = $"Approved beforehand: {person} started the run with --auto-approve.";
        if (!request.ApproversNamed) return await CloseAsync(person, reason);

        // Where people are named, it is no more than the vote of one of them.
        if (!request.Approvers.Contains(person, StringComparer.OrdinalIgnoreCase)) return false;
        return (await approvals.VoteAsync(request.Id, new Approver(person), new Ballot(true, reason), cancellationToken)).Request?.Decision is not null;

        async Task<bool> CloseAsync(string by, string reason) =>
            (await approvals.CloseAsync(request.Id, approved: true, by, reason, cancellationToken)).Status is DecisionStatus.Recorded or DecisionStatus.AlreadyDecided;
    }

    private static string NoteOn(ApprovalRecord request, RunRecord run) =>
        run.AutoApprovedBy is { } person && !request.Approvers.Contains(person, StringComparer.OrdinalIgnoreCase) ? $"; {person} cannot approve it beforehand, since the pipeline names who decides: {string.Join(", ", request.Approvers)}" : "";
}
