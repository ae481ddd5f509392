using MlOps.Core.Models;
using MlOps.Core.Specification;

namespace MlOps.Serving.Observation;

/// <summary>One number a row out of a model's output, and the bins that it is counted in: the same for all variants of an endpoint.</summary>
internal sealed class ScoreScale
{
    private const int ProbabilityBins = 50;
    private const int ValueBins = 50;

    private ScoreScale(double[] edges) => Edges = edges;

    /// <summary>Inner edges, ascending.</summary>
    public IReadOnlyList<double> Edges { get; }

    /// <summary>Probabilities: bins 0.02 wide. Regression: what the champion's golden rows span, and half of it on either side.</summary>
    public static ScoreScale Of(ModelSignature signature, IReadOnlyList<IReadOnlyList<float>> golden)
    {
        if (signature.Task is not LearningTask.Regression)
            return new([.. Enumerable.Range(1, ProbabilityBins - 1).Select(i => (double)i / ProbabilityBins)]);
        var values = golden.Select(row => (double)row[0]).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (low, high) = (values.Min(), values.Max());
        var span = high > low ? high - low : Math.Max(1, Math.Abs(low));
        return new([.. Enumerable.Range(1, ValueBins - 1).Select(i => low - (span / 2) + (2 * span * i / ValueBins))]);
    }

    /// <summary>Binary: probability of the positive class. Multiclass: of the likeliest. Regression: the value.</summary>
    public static double ScoreOf(ReadOnlySpan<float> output)
    {
        var score = output[0];
        foreach (var other in output[1..]) score = Math.Max(score, other);
        return score;
    }

    /// <summary>Whether two outputs give the caller the same answer: the same class, or values within 5 % of the one that was returned.</summary>
    public static bool Agree(ModelSignature signature, ReadOnlySpan<float> returned, ReadOnlySpan<float> other) => signature.Task switch
    {
        LearningTask.Binary => returned[0] >= 0.5f == other[0] >= 0.5f,
        LearningTask.Multiclass => ClassOf(returned) == ClassOf(other),
        _ => Math.Abs(other[0] - returned[0]) <= 0.05 * Math.Abs(returned[0]),
    };

    /// <summary>The likeliest class; of equally likely ones the first.</summary>
    public static int ClassOf(ReadOnlySpan<float> output)
    {
        var best = 0;
        for (var i = 1; i < output.Length; i++)
        {
            if (output[i] > output[best]) best = i;
        }

        return best;
    }

    /// <summary>The bin of a score; NaN is in the last one.</summary>
    public int BinOf(double score)
    {
        var (low, high) = (0, Edges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (score < Edges[middle]) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
