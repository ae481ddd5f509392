using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.Storage.Releases;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Releases;

/// <summary>Tells people what a release does: in its own record, and in the journal of its run.</summary>
internal sealed class ReleaseJournal(ReleaseStore releases, RunStore runs)
{
    /// <summary>Notes what it does now.</summary>
    public async Task NoteAsync(string id, string by, Func<ReleaseRecord, ReleaseRecord> change, CancellationToken cancellationToken)
    {
        if (await releases.NoteAsync(id, by, change, cancellationToken) is { } record)
            await runs.ReportStepAsync(id, RunSteps.Release, record.Message, cancellationToken);
    }

    /// <summary>Notes how it ended.</summary>
    public async Task CloseAsync(string id, ReleaseEnd end, CancellationToken cancellationToken)
    {
        await releases.NoteAsync(id, end.By, r => r with { Status = end.Status, Message = end.Reason, Traffic = end.Status is ReleaseStatus.Released ? 100 : 0 }, cancellationToken);
        var status = end.Status is ReleaseStatus.Released or ReleaseStatus.Compared ? StepStatus.Done : StepStatus.Failed;
        await runs.FinishStepAsync(id, RunSteps.Release, status, end.Reason, null, cancellationToken);
    }
}
