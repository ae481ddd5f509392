namespace MlOps.Core.Evaluation;

/// <summary>Rows of a model of several classes: cell of the confusion matrix and log loss of each.</summary>
internal sealed class MulticlassResample : IResample
{
    private readonly int _classes;
    private readonly int[] _cell;
    private readonly double[] _logLoss;

    public MulticlassResample(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, int classes)
    {
        MetricArguments.CheckClasses(probabilities, labels, classes);
        (_classes, _cell, _logLoss) = (classes, new int[labels.Length], new double[labels.Length]);
        for (var i = 0; i < labels.Length; i++)
        {
            var row = probabilities.Slice(i * classes, classes);
            _cell[i] = (int)labels[i] * classes + MulticlassMetrics.MostProbable(row);
            _logLoss[i] = BinaryMetrics.LogLossOf(row[(int)labels[i]], positive: true);
        }
    }

    public int Rows => _cell.Length;

    public ReadOnlySpan<int> Order => [];

    public IReadOnlyDictionary<string, double> Measure(ReadOnlySpan<byte> weights)
    {
        var (confusion, logLoss, rows) = (new long[_classes * _classes], 0.0, 0L);
        for (var i = 0; i < _cell.Length; i++)
        {
            confusion[_cell[i]] += weights[i];
            logLoss += weights[i] * _logLoss[i];
            rows += weights[i];
        }
        var scores = ClassScores.Of(confusion, _classes);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [MetricNames.LogLoss] = logLoss / rows,
            [MetricNames.Accuracy] = scores.Accuracy,
            [MetricNames.Precision] = scores.Precision,
            [MetricNames.Recall] = scores.Recall,
            [MetricNames.F1] = scores.F1,
        };
    }
}
