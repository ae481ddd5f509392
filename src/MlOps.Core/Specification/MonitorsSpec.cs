using System.Text.Json.Serialization;
using MlOps.Core.Drift;
using MlOps.Core.Monitoring;

namespace MlOps.Core.Specification;

/// <summary>What is logged of an endpoint's predictions, and what watches over them.</summary>
public sealed record MonitorsSpec
{
    /// <summary>When monitors run: NCRONTAB expression with seconds, in UTC. Default: hourly.</summary>
    public string Schedule { get; init; } = "0 0 * * * *";

    /// <summary>How much time a run looks at, back from its own. Default: one day.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Columns by whose most frequent values monitors look at parts of the answers, too. Default: none.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>What is logged.</summary>
    public PredictionLogSpec Log { get; init; } = new();

    /// <summary>How labels find their predictions.</summary>
    public LabelMatchSpec Labels { get; init; } = new();

    /// <summary>The monitors that the file names, in the order of <see cref="MonitorKind"/>. Default: none.</summary>
    public IReadOnlyList<MonitorSpec> Monitors { get; init; } = [];
}

/// <summary>What is logged of an endpoint's predictions.</summary>
public sealed record PredictionLogSpec
{
    /// <summary>Share of the answered requests that is logged, in [0, 1]; failures are always logged. Default: all.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>Columns whose values do not stand in the log as they are. Default: none.</summary>
    public IReadOnlyDictionary<string, HidingMethod> Hide { get; init; } = new Dictionary<string, HidingMethod>(StringComparer.Ordinal);

    /// <summary>Column that holds the time of the event that is predicted; <see langword="null"/>: the time of the request.</summary>
    public string? Time { get; init; }

    /// <summary>How long predictions and labels are kept after they were logged; <see langword="null"/>: for ever.</summary>
    public TimeSpan? Keep { get; init; }
}

/// <summary>What stands in the log in place of a value.</summary>
public enum HidingMethod
{
    /// <summary>A keyed hash: equal values stay equal, and nobody reads them.</summary>
    Hash,

    /// <summary>Nothing.</summary>
    Drop,
}

/// <summary>How labels find their predictions.</summary>
public sealed record LabelMatchSpec
{
    /// <summary>Columns that name a row to those who do not know its request. Default: none, by request alone.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>How long a label waits for its prediction before it counts as unknown. Default: 30 days.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>One monitor of an endpoint. A closed set, one record for each <see cref="MonitorKind"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "monitor")]
[JsonDerivedType(typeof(QualityMonitorSpec), "quality")]
[JsonDerivedType(typeof(DriftMonitorSpec), "drift")]
[JsonDerivedType(typeof(PredictionDriftMonitorSpec), "predictionDrift")]
[JsonDerivedType(typeof(PerformanceMonitorSpec), "performance")]
[JsonDerivedType(typeof(EstimatedPerformanceMonitorSpec), "estimatedPerformance")]
[JsonDerivedType(typeof(FairnessMonitorSpec), "fairness")]
[JsonDerivedType(typeof(ServiceMonitorSpec), "service")]
[JsonDerivedType(typeof(StalenessMonitorSpec), "staleness")]
[JsonDerivedType(typeof(ConceptDriftMonitorSpec), "conceptDrift")]
public abstract record MonitorSpec
{
    /// <summary>What it looks at.</summary>
    public abstract MonitorKind Kind { get; }

    /// <summary>When it runs; <see langword="null"/>: as <see cref="MonitorsSpec.Schedule"/> says.</summary>
    public string? Schedule { get; init; }

    /// <summary>How much time a run looks at; <see langword="null"/>: as <see cref="MonitorsSpec.Window"/> says.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>Fewest rows from which on something is measured. Default: 100.</summary>
    public long MinRows { get; init; } = 100;

    /// <summary>When it raises an alert.</summary>
    public AlertSpec Alert { get; init; } = new();
}

/// <summary>When a monitor raises an alert, and when the alert ends.</summary>
public sealed record AlertSpec
{
    /// <summary>How much its alerts matter. Default: warning.</summary>
    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>What opens an alert. Default: a broken limit.</summary>
    public AlertRule Rule { get; init; } = AlertRule.Threshold;

    /// <summary>Windows that must break the limit, among the last <see cref="Of"/>. Default: 1.</summary>
    public int Open { get; init; } = 1;

    /// <summary>Windows that are looked at for <see cref="Open"/>. Default: as many as that.</summary>
    public int Of { get; init; } = 1;

    /// <summary>Windows in a row that must be well before the alert closes. Default: 1.</summary>
    public int Close { get; init; } = 1;

    /// <summary>Room that a window must leave to its limit to be well, as a share of the limit. Default: 0.</summary>
    public double Margin { get; init; }
}

/// <summary>What opens an alert.</summary>
public enum AlertRule
{
    /// <summary>A value beyond its limit.</summary>
    Threshold,

    /// <summary>A lasting jump of a series away from what it was before, whatever the limits.</summary>
    ChangePoint,
}

/// <summary>Missing, invalid and unseen values among the inputs.</summary>
public sealed record QualityMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Quality;

    /// <summary>Largest growth of a column's share of missing values over the training data. Default: 0.05.</summary>
    public double MaxMissing { get; init; } = 0.05;

    /// <summary>Largest share of rows with a value that breaks its column's rule. Default: 0.01.</summary>
    public double MaxInvalid { get; init; } = 0.01;

    /// <summary>Largest share of rows with a text that the training data does not have. Default: 0.05.</summary>
    public double MaxUnseen { get; init; } = 0.05;
}

/// <summary>The inputs' distribution.</summary>
public sealed record DriftMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Drift;

    /// <summary>The measure. Default: chosen by each column's type and the number of rows.</summary>
    public DriftMethod Method { get; init; } = DriftMethod.Auto;

    /// <summary>Largest distance of a column that is no drift. Default: 0.1.</summary>
    public double Max { get; init; } = 0.1;
}

/// <summary>The distribution of the model's answers.</summary>
public sealed record PredictionDriftMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.PredictionDrift;

    /// <summary>The measure. Default: chosen by the task and the number of rows.</summary>
    public DriftMethod Method { get; init; } = DriftMethod.Auto;

    /// <summary>Largest distance that is no drift. Default: 0.1.</summary>
    public double Max { get; init; } = 0.1;
}

/// <summary>The model's metrics, on answers whose label has come.</summary>
public sealed record PerformanceMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Performance;

    /// <summary>Conditions that the metrics must meet; <c>champion</c> stands for the model's own evaluation.</summary>
    public IReadOnlyList<GateSpec> Expect { get; init; } = [];

    /// <summary>Whether a condition is broken only when the metric's whole interval is beyond it. Default: yes.</summary>
    public bool Certain { get; init; } = true;
}

/// <summary>The model's metrics as its probabilities let expect them.</summary>
public sealed record EstimatedPerformanceMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.EstimatedPerformance;

    /// <summary>Conditions that the estimates must meet; <c>champion</c> stands for the model's own evaluation.</summary>
    public IReadOnlyList<GateSpec> Expect { get; init; } = [];
}

/// <summary>Differences between groups.</summary>
public sealed record FairnessMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Fairness;

    /// <summary>Columns whose values are the groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Largest difference between two groups. Default: 0.1.</summary>
    public double Max { get; init; } = 0.1;
}

/// <summary>Latency, errors and number of requests.</summary>
public sealed record ServiceMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Service;

    /// <summary>Longest time that 99 of 100 requests take; <see langword="null"/>: any.</summary>
    public TimeSpan? MaxLatencyP99 { get; init; }

    /// <summary>Largest share of requests that failed on this side. Default: 0.01.</summary>
    public double MaxErrors { get; init; } = 0.01;

    /// <summary>Largest share of requests that were refused as wrong; <see langword="null"/>: any.</summary>
    public double? MaxRefused { get; init; }

    /// <summary>Fewest requests of a window; <see langword="null"/>: any number.</summary>
    public double? MinRequests { get; init; }
}

/// <summary>Age of the model and of what it knows.</summary>
public sealed record StalenessMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.Staleness;

    /// <summary>Longest time since the model was made; <see langword="null"/>: any.</summary>
    public TimeSpan? MaxModelAge { get; init; }

    /// <summary>Longest time since the newest row that the model was trained on; <see langword="null"/>: any.</summary>
    public TimeSpan? MaxDataAge { get; init; }

    /// <summary>Longest time since the newest prediction that has a label; <see langword="null"/>: any.</summary>
    public TimeSpan? MaxLabelAge { get; init; }
}

/// <summary>A change in the model's errors.</summary>
public sealed record ConceptDriftMonitorSpec : MonitorSpec
{
    /// <inheritdoc/>
    public override MonitorKind Kind => MonitorKind.ConceptDrift;

    /// <summary>The detector. Default: ADWIN.</summary>
    public ConceptDriftDetector Detector { get; init; } = ConceptDriftDetector.Adwin;

    /// <summary>ADWIN: bound of the false alarm rate, in (0, 1). Default: 0.002.</summary>
    public double Delta { get; init; } = 0.002;
}

/// <summary>A detector of change in a stream of errors.</summary>
public enum ConceptDriftDetector
{
    /// <summary>Adaptive windowing (Bifet and Gavaldà, 2007).</summary>
    Adwin,

    /// <summary>Drift detection method (Gama et al., 2004).</summary>
    Ddm,
}
