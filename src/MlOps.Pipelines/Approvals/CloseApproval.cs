using System.Text.Json;
using MlOps.Core.Approvals;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Approvals;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Approvals;

internal sealed record ApprovalClosing(string RunId, ModelRef Model, bool Decided);

/// <summary>Takes the decision into the registry; where none came in time, the pipeline's policy decides.</summary>
internal sealed class CloseApproval(RunStepServices services, ApprovalStore approvals, ModelRegistry registry, ApprovalMessenger messenger)
    : TaskActivity<ApprovalClosing, ApprovalDecision>
{
    public override async Task<ApprovalDecision> RunAsync(TaskActivityContext context, ApprovalClosing input)
    {
        var cancellationToken = context.CancellationToken;
        if (!input.Decided) await DecideByPolicyAsync(input, cancellationToken);

        var request = (await approvals.TellAsync(input.RunId, cancellationToken))!;
        var decision = request.Decision!;
        var stage = decision.Approved ? ModelStage.Approved : ModelStage.Rejected;
        await registry.MoveAsync(input.Model.Name, input.Model.Version, stage, decision.By, decision.Reason, cancellationToken);
        await services.Runs.SetStatusAsync(input.RunId, RunStatus.Running, null, cancellationToken);
        await services.Runs.FinishStepAsync(
            input.RunId,
            RunSteps.Approve,
            decision.Approved ? StepStatus.Done : StepStatus.Failed,
            InWords(decision),
            JsonSerializer.SerializeToElement(decision, MlOpsJson.Compact),
            cancellationToken);
        // Nobody was asked where the pipeline asks nobody.
        if ((await services.Specs.ReadAsync(input.RunId, cancellationToken)).Approval is not null) await messenger.SendDecisionAsync(request, cancellationToken);
        return decision;
    }

    private static string InWords(ApprovalDecision decision)
    {
        var verb = decision.Withdrawn ? "withdrawn" : decision.Approved ? "approved" : "rejected";
        return $"{verb} by {decision.By}{ApprovalConditions.InWords(decision.Conditions)}: {decision.Reason}";
    }

    private async Task DecideByPolicyAsync(ApprovalClosing input, CancellationToken cancellationToken)
    {
        var terms = (await services.Specs.ReadAsync(input.RunId, cancellationToken)).Approval ?? new();
        var approved = terms.OnTimeout is TimeoutPolicy.Approve;
        await approvals.CloseAsync(input.RunId, approved, "mlops", $"Nobody decided within {terms.Timeout}; the pipeline's policy is to {(approved ? "approve" : "reject")}.", cancellationToken);
    }
}
