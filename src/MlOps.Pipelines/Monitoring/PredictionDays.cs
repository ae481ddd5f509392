using MlOps.Monitoring.Logging;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>The predictions and labels of an endpoint that are sorted into days.</summary>
/// <param name="Answers">Blobs with predictions.</param>
/// <param name="Labels">Blobs with labels.</param>
internal sealed record PredictionDays(IReadOnlyList<BlobInfo> Answers, IReadOnlyList<BlobInfo> Labels)
{
    /// <summary>What there is of some days.</summary>
    public static async Task<PredictionDays> OfAsync(IBlobStore blobs, string endpoint, IEnumerable<DateOnly> days, CancellationToken cancellationToken)
    {
        var (answers, labels) = (new List<BlobInfo>(), new List<BlobInfo>());
        foreach (var day in days) await TakeAsync(blobs.ListAsync(PredictionFiles.DayOf(endpoint, day), cancellationToken), answers, labels);
        return new(answers, labels);
    }

    /// <summary>What there is of all days.</summary>
    public static async Task<PredictionDays> OfAllAsync(IBlobStore blobs, string endpoint, CancellationToken cancellationToken)
    {
        var (answers, labels) = (new List<BlobInfo>(), new List<BlobInfo>());
        await TakeAsync(blobs.ListAsync(PredictionFiles.FolderOf(endpoint), cancellationToken).Where(b => PredictionFiles.DayIn(endpoint, b.Name) is not null), answers, labels);
        return new(answers, labels);
    }

    private static async Task TakeAsync(IAsyncEnumerable<BlobInfo> blobs, List<BlobInfo> answers, List<BlobInfo> labels)
    {
        await foreach (var blob in blobs)
        {
            if (blob.Name.EndsWith(PredictionFiles.AnswersEnding, StringComparison.Ordinal)) answers.Add(blob);
            else if (blob.Name.EndsWith(PredictionFiles.LabelsEnding, StringComparison.Ordinal)) labels.Add(blob);
        }
    }
}
