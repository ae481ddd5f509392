using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>Measures a window for one monitor.</summary>
public static class Measurement
{
    /// <summary>Measures.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="window">The window. The context's answers are of this window, or reach further back for monitors that look back.</param>
    /// <param name="context">What is measured, and what it is held against.</param>
    /// <param name="now">When, UTC: noted in the result.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="Data.Native.DuckDbException">A file cannot be read.</exception>
    public static MonitorResult Run(MonitorSpec monitor, TimeWindow window, MonitorContext context, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (rows, labelled) = context.Window.Count(cancellationToken);
        var (points, note) = Measure(monitor, window, context, rows, labelled, cancellationToken);
        return new MonitorResult
        {
            Endpoint = context.Pipeline.Release.Endpoint,
            Monitor = monitor.Kind,
            Window = window,
            ComputedAt = now,
            Model = context.Model.Name,
            Version = context.Model.Version,
            Rows = rows,
            Labelled = labelled,
            Points = points,
            Note = note,
        };
    }

    /// <summary>The result of a window that could not be measured.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="monitor">The monitor.</param>
    /// <param name="window">The window.</param>
    /// <param name="answers">What was answered in it.</param>
    /// <param name="reason">Why it could not.</param>
    /// <param name="now">When, UTC: noted in the result.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static MonitorResult Impossible(
        PipelineSpec pipeline, MonitorSpec monitor, TimeWindow window, PredictionWindow answers, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (rows, labelled) = answers.Count(cancellationToken);
        return new MonitorResult
        {
            Endpoint = pipeline.Release.Endpoint,
            Monitor = monitor.Kind,
            Window = window,
            ComputedAt = now,
            Rows = rows,
            Labelled = labelled,
            Points = [],
            Note = $"It could not be measured. {reason}",
        };
    }

    private static (IReadOnlyList<MonitorPoint> Points, string? Note) Measure(
        MonitorSpec monitor, TimeWindow window, MonitorContext context, long rows, long labelled, CancellationToken cancellationToken)
    {
        // These two speak also where nothing was answered.
        if (monitor is StalenessMonitorSpec staleness) return (StalenessMeasurement.Measure(staleness, context), null);
        if (monitor is ServiceMonitorSpec service) return (ServiceMeasurement.Measure(service, context.Window, cancellationToken), null);
        if (rows < monitor.MinRows) return ([], $"{rows} rows were answered; it takes {monitor.MinRows} to measure (minRows).");
        var needsLabels = monitor is PerformanceMonitorSpec or ConceptDriftMonitorSpec;
        if (needsLabels && labelled < monitor.MinRows)
            return ([PerformanceMeasurement.Coverage(rows, labelled)], $"{labelled} of {rows} rows have their label; it takes {monitor.MinRows} to measure (minRows).");

        switch (monitor)
        {
            case QualityMonitorSpec quality:
                return (QualityMeasurement.Measure(quality, context, rows, cancellationToken), null);
            case DriftMonitorSpec when context.TrainingData.Count is 0:
                return ([], "The data that the model was trained on is gone.");
            case DriftMonitorSpec drift:
                return (DriftMeasurement.Measure(drift, context, cancellationToken), null);
            case PredictionDriftMonitorSpec or EstimatedPerformanceMonitorSpec when context.Reference is null:
                return ([], "The test part of the model's evaluation is gone.");
            case PredictionDriftMonitorSpec drift:
                return (PredictionDriftMeasurement.Measure(drift, context, cancellationToken), null);
            case EstimatedPerformanceMonitorSpec when context.Signature.Task is LearningTask.Regression:
                return ([], "Metrics of numbers cannot be estimated from probabilities: the model has none.");
            case EstimatedPerformanceMonitorSpec estimated:
                return (EstimatedPerformanceMeasurement.Measure(estimated, context, cancellationToken), null);
            case PerformanceMonitorSpec performance:
                return (PerformanceMeasurement.Measure(performance, context, rows, labelled, cancellationToken), null);
            case FairnessMonitorSpec when context.Signature.Task is not LearningTask.Binary:
                return ([], "Fairness is measured of models that say yes or no.");
            case FairnessMonitorSpec fairness:
                return (FairnessMeasurement.Measure(fairness, context, cancellationToken), null);
            case ConceptDriftMonitorSpec concept:
                return (ConceptDriftMeasurement.Measure(concept, context, window, cancellationToken), null);
            default:
                throw new ArgumentOutOfRangeException(nameof(monitor), monitor.Kind, "Every monitor is measured here.");
        }
    }
}
