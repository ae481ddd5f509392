using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Staging;

/// <summary>What a release waits for before its version gets traffic.</summary>
/// <param name="IsNeeded">Whether the pipeline asks for a certificate.</param>
/// <param name="IsDecided">Whether somebody has decided already.</param>
/// <param name="ExpiresAt">When the time is over, UTC.</param>
internal sealed record CertificateTerms(bool IsNeeded, bool IsDecided, DateTime ExpiresAt);

/// <summary>A person's word on a tested version.</summary>
internal sealed record Certificate(bool Given, string By, string Reason);

/// <summary>Asks those who may certify the staged version, where the pipeline names any. The request is one of approval, by its own id.</summary>
internal sealed class RequestCertificate(RunStepServices services, ApprovalStore approvals, ReleaseJournal journal, ReleaseMessenger messenger, TimeProvider time)
    : TaskActivity<ReleaseRequest, CertificateTerms>
{
    public override async Task<CertificateTerms> RunAsync(TaskActivityContext context, ReleaseRequest input)
    {
        var cancellationToken = context.CancellationToken;
        var spec = await services.Specs.ReadAsync(input.RunId, cancellationToken);
        if (spec.Release.Certify is not { } terms) return new(false, false, default);

        var now = time.GetUtcNow();
        var request = await approvals.RequestAsync(
            new()
            {
                Id = CertificateId.Of(input.RunId),
                Model = input.Model,
                InstanceId = context.InstanceId,
                Approvers = spec.Approval?.Resolve(terms.By) ?? terms.By,
                ApproversNamed = true,
                RequestedAt = now,
                ExpiresAt = now + terms.Timeout,
            },
            cancellationToken);
        await journal.NoteAsync(
            input.RunId,
            "mlops",
            r => r with { Status = ReleaseStatus.Certifying, Message = $"waits for a certificate by {string.Join(" or ", request.Approvers)} until {request.ExpiresAt:u}" },
            cancellationToken);
        await messenger.SendCertificateRequestAsync(input, request, cancellationToken);
        return new(true, request.Decision is not null, request.ExpiresAt.UtcDateTime);
    }
}

/// <summary>Reads what was decided; silence is a no.</summary>
internal sealed class ReadCertificate(ApprovalStore approvals) : TaskActivity<ReleaseRequest, Certificate>
{
    public override async Task<Certificate> RunAsync(TaskActivityContext context, ReleaseRequest input)
    {
        var id = CertificateId.Of(input.RunId);
        await approvals.CloseAsync(id, approved: false, "mlops", "Nobody certified the version in time.", context.CancellationToken);
        var decision = (await approvals.TryGetAsync(id, context.CancellationToken))!.Decision!;
        return new(decision.Approved, decision.By, decision.Reason);
    }
}

/// <summary>How the request for a certificate is called.</summary>
internal static class CertificateId
{
    public static string Of(string runId) => $"{runId}:certificate";
}
