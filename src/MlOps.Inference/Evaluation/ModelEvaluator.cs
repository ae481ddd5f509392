using System.Diagnostics;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Specification;

namespace MlOps.Inference.Evaluation;

/// <summary>Measures a model on data that it has not seen. Of the batches only labels, predictions and slices stay in memory.</summary>
public static class ModelEvaluator
{
    /// <summary>Scores all batches and measures.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batches">The test part; read once, at least one row in all.</param>
    /// <param name="options">What to measure; <see langword="null"/>: the defaults.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">A batch does not fit the model, a metric is not of its task, or there is no row.</exception>
    public static EvaluationReport Evaluate(
        OnnxModel model, IEnumerable<EvaluationBatch> batches, EvaluationOptions? options, CancellationToken cancellationToken) =>
        EvaluateRows(model, batches, options, cancellationToken).Report;

    /// <summary>The same, and what the model answered for each row.</summary>
    /// <inheritdoc cref="Evaluate"/>
    public static (EvaluationReport Report, TestScores Scores) EvaluateRows(
        OnnxModel model, IEnumerable<EvaluationBatch> batches, EvaluationOptions? options, CancellationToken cancellationToken)
    {
        options ??= new();
        var signature = model.Signature;
        var metrics = MetricSet.Create(signature.Task, options.Metrics, signature.OutputWidth);
        var scored = new ScoredRows(signature.OutputWidth);
        FeatureBatch? sample = null;
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (batch.Features.Rows == 0) continue;
            sample ??= batch.Features;
            scored.Add(model, batch);
        }
        if (sample is null) throw new ArgumentException("There are no rows to evaluate on.", nameof(batches));

        var predictions = scored.Predictions;
        var labels = scored.Labels;
        var latency = options.LatencyCalls > 0 ? Latency(model, sample, options.LatencyCalls) : [0];
        var report = new EvaluationReport
        {
            Task = signature.Task,
            Rows = labels.Length,
            Metrics = metrics.Compute(predictions, labels),
            Intervals = metrics.Intervals(predictions, labels, options.Seed),
            Slices = SliceBreakdown.Of(scored, metrics, options),
            LatencyP50 = Percentile(latency, 0.50),
            LatencyP99 = Percentile(latency, 0.99),
            Calibration = signature.Task is LearningTask.Binary ? Calibration.Of(predictions, labels) : [],
            Confusion = signature.Task is LearningTask.Regression ? null : Confusion(predictions, labels, signature.Classes, signature.Task),
        };
        return (report, new() { Task = signature.Task, Width = signature.OutputWidth, Predictions = predictions.ToArray(), Labels = labels.ToArray() });
    }

    // The call of ONNX Runtime alone: what a model costs, whatever is around it.
    private static double[] Latency(OnnxModel model, FeatureBatch sample, int calls)
    {
        const int Warm = 50, Inputs = 100;
        var milliseconds = new double[calls];
        var scores = new float[model.Signature.OutputWidth];
        var rows = Enumerable.Range(0, Math.Min(Inputs, sample.Rows)).Select(r => new InputTensors(sample.Slice(r, 1), model.Signature)).ToArray();
        model.Enter();
        try
        {
            for (var i = 0; i < Warm; i++) model.Run(rows[i % rows.Length], scores);
            for (var i = 0; i < calls; i++)
            {
                var started = Stopwatch.GetTimestamp();
                model.Run(rows[i % rows.Length], scores);
                milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }
        finally
        {
            model.Leave();
            foreach (var row in rows) row.Dispose();
        }
        Array.Sort(milliseconds);
        return milliseconds;
    }

    // Nearest rank: the smallest time that this share of the calls does not exceed.
    private static double Percentile(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private static ConfusionMatrix Confusion(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels, IReadOnlyList<string> classes, LearningTask task)
    {
        if (task is LearningTask.Binary)
        {
            var c = BinaryMetrics.Confusion(predictions, labels);
            return new(classes.Count == 2 ? classes : ["false", "true"], [[c.TrueNegative, c.FalsePositive], [c.FalseNegative, c.TruePositive]]);
        }
        var counts = MulticlassMetrics.Confusion(predictions, labels, classes.Count);
        return new(classes, [.. counts.Chunk(classes.Count)]);
    }
}
