using MlOps.Core.Drift;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>monitors</c>: what is logged of an endpoint's predictions, and what watches over them.</summary>
internal static class MonitorsFormat
{
    private static readonly TextShape s_column = new();
    private static readonly DurationShape s_duration = new();
    private static readonly NumberShape s_share = new() { Min = 0, Max = 1 };
    private static readonly NumberShape s_distance = new() { Min = 0, Max = 100 };
    private static readonly NumberShape s_windows = new() { Whole = true, Min = 1, Max = 1000 };
    private static readonly NumberShape s_count = new() { Whole = true, Min = 0, Max = 1_000_000_000_000 };
    private static readonly ListShape s_columns = new(s_column) { Distinct = true };

    private static readonly WordShape s_method = new(
        new("auto", DriftMethod.Auto, "Chosen by type and number of rows."),
        new("ks", DriftMethod.KolmogorovSmirnov, "Kolmogorov–Smirnov test; numbers."),
        new("wasserstein", DriftMethod.Wasserstein, "Wasserstein distance in standard deviations; numbers."),
        new("psi", DriftMethod.PopulationStability, "Population stability index."),
        new("js", DriftMethod.JensenShannon, "Jensen–Shannon distance."),
        new("chiSquare", DriftMethod.ChiSquare, "Chi-square test; categories."),
        new("tvd", DriftMethod.TotalVariation, "Total variation distance; categories."));

    private static readonly ObjectShape s_hide = new(null,
        new("hash", s_columns, "Declared columns in whose place stands a keyed hash: equal values stay equal, and nobody reads them.") { Default = "[]" },
        new("drop", s_columns, "Declared columns in whose place nothing stands.") { Default = "[]" });

    private static readonly ObjectShape s_log = new(null,
        new("sample", s_share, "Share of the answered requests that is logged; failures are always logged.") { Default = "1" },
        new("hide", s_hide, "Columns whose values do not stand in the log as they are. Default: none."),
        new("time", s_column, "A declared timestamp or date column: the time of the event that is predicted. Default: the time of the request."),
        new("keep", s_duration, "How long predictions and labels are kept after they were logged. Default: for ever."));

    private static readonly ObjectShape s_labels = new(null,
        new("key", s_columns, "Declared columns that name a row to those who do not know its request.") { Default = "[]" },
        new("patience", s_duration, "How long a label waits for its prediction before it counts as unknown.") { Default = "\"30d\"" });

    private static readonly ObjectShape s_alert = new(null,
        new("severity", new WordShape(
            new("info", AlertSeverity.Info, "Worth knowing."),
            new("warning", AlertSeverity.Warning, "Worth looking at within the day."),
            new("critical", AlertSeverity.Critical, "Somebody must act now.")), "How much its alerts matter.") { Default = "\"warning\"" },
        new("rule", new WordShape(
            new("threshold", AlertRule.Threshold, "A value beyond its limit."),
            new("changePoint", AlertRule.ChangePoint, "A lasting jump of a series away from what it was before, whatever the limits.")), "What opens an alert.") { Default = "\"threshold\"" },
        new("open", s_windows, "Windows that must break the limit, among the last 'of'.") { Default = "1" },
        new("of", s_windows, "Windows that are looked at for 'open'. Default: as many as that."),
        new("close", s_windows, "Windows in a row that must be well before the alert closes.") { Default = "1" },
        new("margin", s_share, "Room that a window must leave to its limit to be well, as a share of the limit.") { Default = "0" });

    private static readonly KeyShape s_expect = new("expect", new ListShape(new GateShape()) { Distinct = true, MayBeEmpty = false },
        "Conditions, such as auc >= 0.62 or auc >= champion.auc - 0.05, where champion is the model's own evaluation. Default: none, the metrics are watched only.");

    /// <summary>The section.</summary>
    public static ObjectShape Monitors { get; } = new(null,
        new("schedule", new CronShape(), "When monitors run: second, minute, hour, day, month, day of week, in UTC.") { Default = "\"0 0 * * * *\"" },
        new("window", s_duration, "How much time a run looks at.") { Default = "\"1d\"" },
        new("segments", s_columns, "Declared columns by whose most frequent values monitors look at parts of the answers, too.") { Default = "[]" },
        new("log", s_log, "What is logged of predictions. Default: everything, for ever."),
        new("labels", s_labels, "How labels find their predictions. Default: by the id of the request."),
        Monitor(MonitorKind.Quality, "Missing, invalid and unseen values among the inputs.",
            new("maxMissing", s_share, "Largest growth of a column's share of missing values over the training data.") { Default = "0.05" },
            new("maxInvalid", s_share, "Largest share of rows with a value that breaks its column's rule.") { Default = "0.01" },
            new("maxUnseen", s_share, "Largest share of rows with a text that the training data does not have.") { Default = "0.05" }),
        Monitor(MonitorKind.Drift, "The inputs' distribution against the data that the model was trained on.",
            new("method", s_method, "The measure.") { Default = "\"auto\"" },
            new("max", s_distance, "Largest distance of a column that is no drift.") { Default = "0.1" }),
        Monitor(MonitorKind.PredictionDrift, "The distribution of the answers against that of the model's evaluation.",
            new("method", s_method, "The measure.") { Default = "\"auto\"" },
            new("max", s_distance, "Largest distance that is no drift.") { Default = "0.1" }),
        Monitor(MonitorKind.Performance, "The model's metrics, on answers whose label has come.",
            s_expect,
            new("certain", new FlagShape(), "Whether a condition is broken only when the metric's whole 95 % interval is beyond it.") { Default = "true" }),
        Monitor(MonitorKind.EstimatedPerformance, "The model's metrics as its probabilities let expect them, before labels come; binary and multiclass.", s_expect),
        Monitor(MonitorKind.Fairness, "Differences between groups of those who are answered; binary.",
            new KeyShape("groups", s_columns with { MayBeEmpty = false }, "Declared columns whose values are the groups.") { Required = true },
            new("max", s_share, "Largest difference between two groups.") { Default = "0.1" }),
        Monitor(MonitorKind.Service, "Latency, errors and number of requests.",
            new("maxLatencyP99", s_duration, "Longest time that 99 of 100 requests take. Default: any."),
            new("maxErrors", s_share, "Largest share of requests that failed on this side.") { Default = "0.01" },
            new("maxRefused", s_share, "Largest share of requests that were refused as wrong. Default: any."),
            new("minRequests", s_count, "Fewest requests of a window. Default: any number.")),
        Monitor(MonitorKind.Staleness, "Age of the model and of what it knows.",
            new("maxModelAge", s_duration, "Longest time since the model was made. Default: any."),
            new("maxDataAge", s_duration, "Longest time since the newest row that it was trained on. Default: any."),
            new("maxLabelAge", s_duration, "Longest time since the newest prediction that has a label. Default: any.")),
        Monitor(MonitorKind.ConceptDrift, "A change in the model's errors, label by label.",
            new("detector", new WordShape(
                new("adwin", ConceptDriftDetector.Adwin, "Adaptive windowing (Bifet and Gavaldà, 2007)."),
                new("ddm", ConceptDriftDetector.Ddm, "Drift detection method (Gama et al., 2004); binary and multiclass.")), "What watches the errors.") { Default = "\"adwin\"" },
            new("delta", new NumberShape { Min = 0, Max = 1, Exclusive = true }, "ADWIN: bound of the rate of false alarms.") { Default = "0.002" }));

    private static KeyShape Monitor(MonitorKind kind, string description, params IEnumerable<KeyShape> keys) => new(
        MonitorNames.NameOf(kind),
        new ObjectShape(null,
        [
            .. keys,
            new("schedule", new CronShape(), "When it runs. Default: as the section says."),
            new("window", s_duration, "How much time it looks at. Default: as the section says."),
            new("minRows", s_count, "Fewest rows from which on something is measured.") { Default = "100" },
            new("alert", s_alert, "When it raises an alert, and when the alert ends."),
        ]),
        description + " Default: it does not run.");
}
