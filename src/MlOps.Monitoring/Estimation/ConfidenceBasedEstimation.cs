using MlOps.Core.Evaluation;
using MlOps.Core.Models;
using MlOps.Core.Specification;

namespace MlOps.Monitoring.Estimation;

/// <summary>
/// Estimates a classifier's metrics without labels: its calibrated probabilities say how often each answer is right, whatever the
/// labels will be. It sees what follows from other inputs (covariate shift), not a changed relation between inputs and label
/// (concept drift): that, only labels show.
/// </summary>
/// <remarks>
/// Confidence-based performance estimation as NannyML describes it. Calibration: isotonic regression on the model's test part. Here the
/// estimate is the mean over labels drawn by the calibrated probabilities, each drawn set measured by the same code that measures real
/// labels; the interval is that of the draws, so it holds the chance in the labels, not the error of the calibration.
/// </remarks>
public sealed class ConfidenceBasedEstimation
{
    private const int Draws = 200;
    private readonly ModelSignature _signature;
    private readonly IReadOnlyList<IsotonicRegression> _calibrations;

    private ConfidenceBasedEstimation(ModelSignature signature, IReadOnlyList<IsotonicRegression> calibrations) =>
        (_signature, _calibrations) = (signature, calibrations);

    /// <summary>Calibrates on scores whose labels are known.</summary>
    /// <param name="signature">Of the model: binary or multiclass.</param>
    /// <param name="scores">Shape [n, width], n ≥ 1.</param>
    /// <param name="labels">Shape [n].</param>
    /// <exception cref="ArgumentException">The model answers a number.</exception>
    public static ConfidenceBasedEstimation Fit(ModelSignature signature, ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        if (signature.Task is LearningTask.Regression) throw new ArgumentException("A number has no probability to go by.", nameof(signature));
        var width = signature.OutputWidth;
        var fitted = new List<IsotonicRegression>();
        for (var c = 0; c < width; c++)
        {
            var (own, hits) = (new float[labels.Length], new float[labels.Length]);
            for (var i = 0; i < labels.Length; i++)
            {
                own[i] = scores[(i * width) + c];
                hits[i] = width is 1 ? labels[i] : labels[i] == c ? 1 : 0;
            }
            fitted.Add(IsotonicRegression.Fit(own, hits));
        }
        return new(signature, fitted);
    }

    /// <summary>Estimates every metric of the model's task.</summary>
    /// <param name="scores">Shape [n, width], n ≥ 1.</param>
    /// <param name="seed">The same seed gives the same estimate.</param>
    /// <returns>Metric to its estimate and the 95 % interval of that; a metric that is mostly undefined is absent.</returns>
    public IReadOnlyDictionary<string, (double Value, ConfidenceInterval Interval)> Estimate(ReadOnlySpan<float> scores, int seed)
    {
        var probabilities = Calibrate(scores);
        var metrics = MetricSet.Create(_signature.Task, [], _signature.OutputWidth);
        var drawn = metrics.Names.ToDictionary(n => n, _ => new List<double>(Draws), StringComparer.Ordinal);
        var labels = new float[scores.Length / _signature.OutputWidth];
        var random = new Random(seed);
        for (var draw = 0; draw < Draws; draw++)
        {
            Draw(probabilities, labels, random);
            foreach (var (name, value) in metrics.Compute(scores, labels))
            {
                if (double.IsFinite(value)) drawn[name].Add(value);
            }
        }
        return drawn.Where(d => d.Value.Count > Draws / 2).ToDictionary(d => d.Key, d => Summarize(d.Value), StringComparer.Ordinal);
    }

    /// <summary>Probabilities that the labels go by, shape [n, width]; those of several classes sum to 1.</summary>
    private double[] Calibrate(ReadOnlySpan<float> scores)
    {
        var width = _signature.OutputWidth;
        var probabilities = new double[scores.Length];
        for (var row = 0; row < scores.Length / width; row++)
        {
            var sum = 0.0;
            for (var c = 0; c < width; c++) sum += probabilities[(row * width) + c] = _calibrations[c].At(scores[(row * width) + c]);
            if (width is 1) continue;
            for (var c = 0; c < width; c++) probabilities[(row * width) + c] = sum > 0 ? probabilities[(row * width) + c] / sum : 1.0 / width;
        }
        return probabilities;
    }

    private void Draw(double[] probabilities, float[] labels, Random random)
    {
        var width = _signature.OutputWidth;
        for (var row = 0; row < labels.Length; row++)
        {
            var chance = random.NextDouble();
            if (width is 1)
            {
                labels[row] = chance < probabilities[row] ? 1 : 0;
                continue;
            }
            var c = 0;
            for (var sum = probabilities[row * width]; chance >= sum && c < width - 1; sum += probabilities[(row * width) + c]) c++;
            labels[row] = c;
        }
    }

    private static (double, ConfidenceInterval) Summarize(List<double> values)
    {
        values.Sort();
        return (values.Average(), new(values[(int)(0.025 * values.Count)], values[(int)(0.975 * (values.Count - 1))]));
    }
}
