using MlOps.Core.Approvals;
using MlOps.DurableTask;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Approvals;

/// <summary>Writes down what the approvers are to read. Safe to run again: what was written first stays.</summary>
internal sealed class PrepareDossier(DossierWriter writer, IBlobStore blobs) : TaskActivity<ApprovalRequest, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ApprovalRequest input)
    {
        var place = ApprovalFiles.DossierOf(input.RunId);
        if (await blobs.TryGetInfoAsync(place, context.CancellationToken) is not null) return true;
        var dossier = await writer.ComposeAsync(input.RunId, input.Model, context.CancellationToken);
        await blobs.CreateOrReadJsonAsync(place, dossier, context.CancellationToken);
        return true;
    }
}

/// <summary>Asks the approvers. Run again, the messages have the same ids and are sent once.</summary>
internal sealed class AskApprovers(Storage.Approvals.ApprovalStore approvals, ApprovalMessenger messenger) : TaskActivity<ApprovalRequest, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ApprovalRequest input)
    {
        if (await approvals.TryGetAsync(input.RunId, context.CancellationToken) is not { Decision: null } request) return false;
        await messenger.SendRequestAsync(request, context.CancellationToken);
        return true;
    }
}

/// <summary>Files of a run that belong to its approval.</summary>
public static class ApprovalFiles
{
    /// <summary>Blob name of an <see cref="ApprovalDossier"/>.</summary>
    public static string DossierOf(string runId) => $"runs/{runId}/approve/dossier.json";
}
