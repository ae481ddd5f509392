using MlOps.Core.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>How far a trainer in a job is: <c>progress.json</c> beside its model, the newest line of its progress.</summary>
internal static class TrialProgress
{
    public const string FileName = "progress.json";

    /// <summary>Takes the progress of trials into the run's records.</summary>
    public static async Task NoteAsync(IBlobStore blobs, RunStore runs, string runId, IReadOnlyList<int> trials, CancellationToken cancellationToken)
    {
        foreach (var record in (await runs.ListTrialsAsync(runId, cancellationToken)).Where(t => trials.Contains(t.Trial) && t.Status is StepStatus.Running))
        {
            var place = TrialResults.FolderOf(runId, record.Trial) + "out/" + FileName;
            if (await blobs.TryReadAsync(place, cancellationToken) is not { } content || TrainerProgress.TryParse(content.Content.Span) is not { } progress) continue;
            if (record.Progress != progress.Share || record.Score != progress.Value)
                await runs.SaveTrialAsync(runId, record with { Progress = progress.Share, Score = progress.Value }, cancellationToken);
        }
    }
}
