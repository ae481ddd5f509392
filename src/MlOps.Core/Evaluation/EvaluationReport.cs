using MlOps.Core.Specification;

namespace MlOps.Core.Evaluation;

/// <summary>What was measured of a model on data that it has not seen: <c>metrics.json</c> of a model version.</summary>
public sealed record EvaluationReport
{
    /// <summary>The kind of problem.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Rows that were scored.</summary>
    public required long Rows { get; init; }

    /// <summary>Metric name to value over all rows; NaN where it is undefined (AUC with one class).</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Metric name to its 95 % bootstrap interval; a metric that is mostly undefined is absent.</summary>
    public IReadOnlyDictionary<string, ConfidenceInterval> Intervals { get; init; } =
        new Dictionary<string, ConfidenceInterval>(StringComparer.Ordinal);

    /// <summary>The metrics within parts of the data: by slice in the order asked for, then by falling number of rows.</summary>
    public IReadOnlyList<SliceMetrics> Slices { get; init; } = [];

    /// <summary>Median time of the ONNX Runtime call for one row, in milliseconds; 0 when it was not measured.</summary>
    public double LatencyP50 { get; init; }

    /// <summary>99th percentile of that time, in milliseconds; 0 when it was not measured.</summary>
    public double LatencyP99 { get; init; }

    /// <summary>Binary: predicted against observed share of positives in ten equal bins of probability, empty bins left out. Otherwise empty.</summary>
    public IReadOnlyList<CalibrationBin> Calibration { get; init; } = [];

    /// <summary>Binary and multiclass: how classes and predictions meet; <see langword="null"/> for regression.</summary>
    public ConfusionMatrix? Confusion { get; init; }
}

/// <summary>The metrics of the rows that share a value.</summary>
/// <param name="Slice">The column or feature by which the data is divided.</param>
/// <param name="Value">The value that these rows share; the empty text where it is missing.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Metrics">Metric name to value; NaN where it is undefined.</param>
public sealed record SliceMetrics(string Slice, string Value, long Rows, IReadOnlyDictionary<string, double> Metrics);

/// <summary>One bin of predicted probability.</summary>
/// <param name="Low">Its lower end, inclusive.</param>
/// <param name="High">Its upper end, exclusive but for 1.</param>
/// <param name="Rows">Rows in it, at least 1.</param>
/// <param name="MeanPrediction">Mean predicted probability of these rows.</param>
/// <param name="PositiveShare">Share of positives among these rows.</param>
public sealed record CalibrationBin(double Low, double High, long Rows, double MeanPrediction, double PositiveShare);

/// <summary>How classes and predictions meet.</summary>
/// <param name="Classes">Names of the classes.</param>
/// <param name="Counts">Rows by [actual class][predicted class], in the order of <paramref name="Classes"/>.</param>
public sealed record ConfusionMatrix(IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<long>> Counts);
