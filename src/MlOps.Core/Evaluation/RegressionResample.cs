namespace MlOps.Core.Evaluation;

/// <summary>Rows of a model that answers a number: error and label of each.</summary>
internal sealed class RegressionResample : IResample
{
    private readonly double[] _error;
    private readonly double[] _label;

    public RegressionResample(ReadOnlySpan<float> predictions, ReadOnlySpan<float> labels)
    {
        MetricArguments.CheckValues(predictions, labels);
        // Labels are held around their mean, so that the variance below does not cancel.
        var mean = RegressionMetrics.Mean(labels);
        (_error, _label) = (new double[labels.Length], new double[labels.Length]);
        for (var i = 0; i < labels.Length; i++) (_error[i], _label[i]) = ((double)predictions[i] - labels[i], labels[i] - mean);
    }

    public int Rows => _error.Length;

    public ReadOnlySpan<int> Order => [];

    public IReadOnlyDictionary<string, double> Measure(ReadOnlySpan<byte> weights)
    {
        var (rows, absolute, squared, label, labelSquared) = (0L, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < _error.Length; i++)
        {
            var weight = weights[i];
            rows += weight;
            absolute += weight * Math.Abs(_error[i]);
            squared += weight * _error[i] * _error[i];
            label += weight * _label[i];
            labelSquared += weight * _label[i] * _label[i];
        }
        var total = labelSquared - label * label / rows;
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            [MetricNames.Rmse] = Math.Sqrt(squared / rows),
            [MetricNames.Mae] = absolute / rows,
            [MetricNames.R2] = total > 0 ? 1 - squared / total : double.NaN,
        };
    }
}
