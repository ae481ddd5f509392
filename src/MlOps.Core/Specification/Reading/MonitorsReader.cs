using MlOps.Core.Drift;
using MlOps.Core.Evaluation;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads what is logged of an endpoint's predictions, and what watches over them.</summary>
internal static class MonitorsReader
{
    public static MonitorsSpec Read(Fields? fields, IReadOnlyList<ColumnSpec>? columns, MetricFit metrics, ProblemList problems)
    {
        if (fields is null) return new MonitorsSpec();
        var unset = new MonitorsSpec();
        var log = ReadLog(fields.Find<Fields>("log"), columns, problems);
        RequireColumns(fields, "segments", columns, problems);
        return new MonitorsSpec
        {
            Schedule = fields.Find<string>("schedule") ?? unset.Schedule,
            Window = fields.FindValue<TimeSpan>("window") ?? unset.Window,
            Segments = fields.Texts("segments"),
            Log = log,
            Labels = ReadLabels(fields.Find<Fields>("labels"), log, columns, problems),
            Monitors = [.. Enum.GetValues<MonitorKind>().Select(kind => ReadMonitor(kind, fields, columns, metrics, problems)).OfType<MonitorSpec>()],
        };
    }

    private static PredictionLogSpec ReadLog(Fields? fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        if (fields is null) return new PredictionLogSpec();
        var hidden = ReadHidden(fields.Find<Fields>("hide"), columns, problems);
        var time = fields.Find<string>("time");
        if (time is not null)
        {
            DataReader.RequireColumn(time, "monitors.log.time", fields.At("time"), columns, problems);
            if (columns?.FirstOrDefault(c => c.Name == time) is { Type: not (ColumnType.Timestamp or ColumnType.Date) })
                problems.Add(fields.At("time"), $"column '{time}' in 'monitors.log.time' is no time.", "Name a column of type timestamp or date.");
            if (hidden.ContainsKey(time))
                problems.Add(fields.At("time"), $"column '{time}' in 'monitors.log.time' is hidden by 'monitors.log.hide'.", "Keep the one or the other: windows of time need it.");
        }
        return new PredictionLogSpec
        {
            Sample = fields.FindValue<double>("sample") ?? 1,
            Hide = hidden,
            Time = time,
            Keep = fields.FindValue<TimeSpan>("keep"),
        };
    }

    private static Dictionary<string, HidingMethod> ReadHidden(Fields? fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var hidden = new Dictionary<string, HidingMethod>(StringComparer.Ordinal);
        if (fields is null) return hidden;
        foreach (var (key, method) in new[] { ("hash", HidingMethod.Hash), ("drop", HidingMethod.Drop) })
        {
            RequireColumns(fields, key, columns, problems);
            foreach (var column in fields.FindList(key) ?? [])
            {
                if (!hidden.TryAdd((string)column.Value, method))
                    problems.Add(column.Position, $"column '{column.Value}' is in 'monitors.log.hide.hash' and in 'monitors.log.hide.drop'.", "Keep it in one of the two.");
            }
        }
        return hidden;
    }

    private static LabelMatchSpec ReadLabels(Fields? fields, PredictionLogSpec log, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        if (fields is null) return new LabelMatchSpec();
        RequireColumns(fields, "key", columns, problems);
        foreach (var key in fields.FindList("key") ?? [])
        {
            if (log.Hide.TryGetValue((string)key.Value, out var hidden) && hidden is HidingMethod.Drop)
                problems.Add(key.Position, $"column '{key.Value}' in 'monitors.labels.key' is dropped by 'monitors.log.hide'.", "Move it to 'hash': labels still find it then.");
        }
        return new LabelMatchSpec { Key = fields.Texts("key"), Patience = fields.FindValue<TimeSpan>("patience") ?? new LabelMatchSpec().Patience };
    }

    private static MonitorSpec? ReadMonitor(MonitorKind kind, Fields section, IReadOnlyList<ColumnSpec>? columns, MetricFit metrics, ProblemList problems)
    {
        if (section.Find<Fields>(MonitorNames.NameOf(kind)) is not { } fields) return null;
        var monitor = Of(kind, fields, columns, metrics, problems);
        return monitor with
        {
            Schedule = fields.Find<string>("schedule"),
            Window = fields.FindValue<TimeSpan>("window"),
            MinRows = fields.FindValue<long>("minRows") ?? monitor.MinRows,
            Alert = ReadAlert(fields.Find<Fields>("alert"), problems),
        };
    }

    private static MonitorSpec Of(MonitorKind kind, Fields fields, IReadOnlyList<ColumnSpec>? columns, MetricFit metrics, ProblemList problems)
    {
        switch (kind)
        {
            case MonitorKind.Quality:
                var quality = new QualityMonitorSpec();
                return new QualityMonitorSpec
                {
                    MaxMissing = fields.FindValue<double>("maxMissing") ?? quality.MaxMissing,
                    MaxInvalid = fields.FindValue<double>("maxInvalid") ?? quality.MaxInvalid,
                    MaxUnseen = fields.FindValue<double>("maxUnseen") ?? quality.MaxUnseen,
                };
            case MonitorKind.Drift:
                return new DriftMonitorSpec { Method = fields.FindValue<DriftMethod>("method") ?? DriftMethod.Auto, Max = fields.FindValue<double>("max") ?? 0.1 };
            case MonitorKind.PredictionDrift:
                return new PredictionDriftMonitorSpec { Method = fields.FindValue<DriftMethod>("method") ?? DriftMethod.Auto, Max = fields.FindValue<double>("max") ?? 0.1 };
            case MonitorKind.Performance:
                return new PerformanceMonitorSpec { Expect = ReadExpect(fields, metrics, problems), Certain = fields.FindValue<bool>("certain") ?? true };
            case MonitorKind.EstimatedPerformance:
                return new EstimatedPerformanceMonitorSpec { Expect = ReadExpect(fields, metrics, problems) };
            case MonitorKind.Fairness:
                RequireColumns(fields, "groups", columns, problems);
                return new FairnessMonitorSpec { Groups = fields.Texts("groups"), Max = fields.FindValue<double>("max") ?? 0.1 };
            case MonitorKind.Service:
                return new ServiceMonitorSpec
                {
                    MaxLatencyP99 = fields.FindValue<TimeSpan>("maxLatencyP99"),
                    MaxErrors = fields.FindValue<double>("maxErrors") ?? new ServiceMonitorSpec().MaxErrors,
                    MaxRefused = fields.FindValue<double>("maxRefused"),
                    MinRequests = fields.FindValue<long>("minRequests"),
                };
            case MonitorKind.Staleness:
                return new StalenessMonitorSpec
                {
                    MaxModelAge = fields.FindValue<TimeSpan>("maxModelAge"),
                    MaxDataAge = fields.FindValue<TimeSpan>("maxDataAge"),
                    MaxLabelAge = fields.FindValue<TimeSpan>("maxLabelAge"),
                };
            default:
                return new ConceptDriftMonitorSpec
                {
                    Detector = fields.FindValue<ConceptDriftDetector>("detector") ?? ConceptDriftDetector.Adwin,
                    Delta = fields.FindValue<double>("delta") ?? new ConceptDriftMonitorSpec().Delta,
                };
        }
    }

    private static List<GateSpec> ReadExpect(Fields fields, MetricFit metrics, ProblemList problems)
    {
        var conditions = new List<GateSpec>();
        foreach (var (value, position) in fields.FindList("expect") ?? [])
        {
            var condition = (GateSpec)value;
            if (MetricCatalog.Find(condition.Metric) is { } metric) metrics.Require(metric, $"{fields.Path}.expect", position);
            else problems.Add(position, $"the condition '{condition.Text}' is about latency.", "Monitor service watches over it: maxLatencyP99.");
            if (condition.Confidence is not null)
                problems.Add(position, $"the condition '{condition.Text}' asks for confidence, which is for gates: a monitor has no champion's answers to the same rows.", "Leave it out; 'certain: true' waits until the whole 95 % interval is beyond the limit.");
            conditions.Add(condition);
        }
        return conditions;
    }

    private static AlertSpec ReadAlert(Fields? fields, ProblemList problems)
    {
        if (fields is null) return new AlertSpec();
        var open = (int)(fields.FindValue<long>("open") ?? 1);
        var of = (int)(fields.FindValue<long>("of") ?? open);
        if (of < open)
            problems.Add(fields.At("of"), $"'{fields.Path}.of' is {of}, less than 'open' with {open}.", "Look at as many windows as must break the limit, or more.");
        return new AlertSpec
        {
            Severity = fields.FindValue<AlertSeverity>("severity") ?? AlertSeverity.Warning,
            Rule = fields.FindValue<AlertRule>("rule") ?? AlertRule.Threshold,
            Open = open,
            Of = of,
            Close = (int)(fields.FindValue<long>("close") ?? 1),
            Margin = fields.FindValue<double>("margin") ?? 0,
        };
    }

    private static void RequireColumns(Fields fields, string key, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        foreach (var column in fields.FindList(key) ?? [])
            DataReader.RequireColumn((string)column.Value, fields.Path.Length is 0 ? key : $"{fields.Path}.{key}", column.Position, columns, problems);
    }
}
