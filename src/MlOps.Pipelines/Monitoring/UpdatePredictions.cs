using MlOps.DurableTask;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Sorts what was logged into days and joins the labels that have come. Run again, it goes on where it was.</summary>
internal sealed class UpdatePredictions(PredictionArchive archive) : TaskActivity<string, IReadOnlyList<DateOnly>>
{
    public override Task<IReadOnlyList<DateOnly>> RunAsync(TaskActivityContext context, string input) => archive.UpdateAsync(input, context.CancellationToken);
}
