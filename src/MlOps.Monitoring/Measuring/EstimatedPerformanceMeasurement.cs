using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.Estimation;

namespace MlOps.Monitoring.Measuring;

/// <summary>The model's metrics as its calibrated probabilities let expect them, before any label comes.</summary>
internal static class EstimatedPerformanceMeasurement
{
    private const int Seed = 1;
    private const int MostRows = 20_000;

    public static IReadOnlyList<MonitorPoint> Measure(EstimatedPerformanceMonitorSpec monitor, MonitorContext context, CancellationToken cancellationToken)
    {
        var (signature, reference) = (context.Signature, context.Reference!);
        var model = string.Create(CultureInfo.InvariantCulture, $"model = {Sql.Text(context.Model.Name)} AND version = {context.Model.Version}");
        var answers = context.Window.Read(signature.OutputWidth, [], model, cancellationToken);
        if (answers.Count < monitor.MinRows) return [];
        var estimation = ConfidenceBasedEstimation.Fit(signature, reference.Scores.ToArray(), reference.Labels.ToArray());
        var scores = Spread(answers.Scores, signature.OutputWidth);
        return [.. estimation.Estimate(scores, Seed).Select(estimate => Points.Condition(
            (estimate.Value.Value, estimate.Value.Interval), monitor.Expect.FirstOrDefault(e => e.Metric == estimate.Key), estimate.Key, "",
            context.Evaluation?.Metrics.GetValueOrDefault(estimate.Key, double.NaN), certain: false))];
    }

    /// <summary>Evenly spread rows: more of them would tell no more, and take longer.</summary>
    private static ReadOnlySpan<float> Spread(ReadOnlySpan<float> scores, int width)
    {
        var rows = scores.Length / width;
        if (rows <= MostRows) return scores;
        var kept = new float[MostRows * width];
        for (var i = 0; i < MostRows; i++) scores.Slice((int)((long)i * rows / MostRows) * width, width).CopyTo(kept.AsSpan(i * width));
        return kept;
    }
}
