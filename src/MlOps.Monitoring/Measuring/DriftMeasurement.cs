using MlOps.Core.Drift;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>The inputs' distribution against the data that the model was trained on, as a whole and within segments.</summary>
internal static class DriftMeasurement
{
    /// <summary>Segments of one column that are looked at: its most frequent values.</summary>
    public const int MostSegments = 10;

    public static IReadOnlyList<MonitorPoint> Measure(DriftMonitorSpec monitor, MonitorContext context, CancellationToken cancellationToken)
    {
        var present = ColumnsOf(context.TrainingData[0], cancellationToken);
        var columns = context.VisibleColumns.Where(c => present.Contains(c.Name)).ToList();
        var points = new List<MonitorPoint>(Compare(monitor, context, columns, context.TrainingData, "true", "", cancellationToken));
        foreach (var segment in context.Segments)
        {
            var column = columns.FirstOrDefault(c => c.Name == segment);
            if (column is null) continue;
            foreach (var value in context.Window.TopValues(segment, monitor.MinRows, MostSegments, cancellationToken))
            {
                if (TrainingOf(context, column, value, cancellationToken) is not { } training) continue;
                var where = $"{InstanceSql.Text("instance", segment)} = {Sql.Text(value)}";
                points.AddRange(Compare(monitor, context, [.. columns.Where(c => c != column)], [training], where, $"{segment}={value}", cancellationToken));
            }
        }
        return points;
    }

    private static IEnumerable<MonitorPoint> Compare(
        DriftMonitorSpec monitor, MonitorContext context, IReadOnlyList<ColumnSpec> columns, IReadOnlyList<string> training, string where, string segment,
        CancellationToken cancellationToken)
    {
        if (!columns.Any(c => c.Type is not (ColumnType.Timestamp or ColumnType.Date))) return [];
        var current = Path.Combine(context.WorkFolder, $"inputs-{Path.GetRandomFileName()}.parquet");
        context.Window.WriteInputs(columns, where, current, cancellationToken);
        // Whether values keep their rules is the quality monitor's; here every row counts.
        var data = new DataSpec { Columns = [.. columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })] };
        var drift = new DriftSpec { Method = monitor.Method, MaxDistance = monitor.Max, MinEffect = monitor.Max };
        var report = new DriftDetector().Compare(training, [current], data, drift, cancellationToken);
        var chance = ChanceDistance.Of(context, $"inputs {segment}", training, report.CurrentRows, data, drift, cancellationToken);
        var points = report.Columns.Select(c => chance.Judge(c, segment.Length is 0 ? c.Column : $"{c.Column} where {segment}")
            // Within a segment it is watched: of many parts some differ.
            is var point && segment.Length > 0 ? point with { Breached = false } : point).ToList();
        var drifted = report.Columns.Count(c => chance.Judge(c, "").Breached);
        return points.Append(new MonitorPoint
        {
            Metric = "driftedShare",
            Subject = segment,
            Value = (double)drifted / report.Columns.Count,
            Detail = $"{drifted} of {report.Columns.Count} columns{(segment.Length is 0 ? "" : $" where {segment}")} have drifted.",
        });
    }

    private static string? TrainingOf(MonitorContext context, ColumnSpec column, string value, CancellationToken cancellationToken)
    {
        var path = Path.Combine(context.WorkFolder, $"training-{Path.GetRandomFileName()}.parquet");
        using var connection = DuckDbConnection.Open();
        var rows = connection.Execute(
            $"COPY (SELECT * FROM read_parquet({Sql.List(context.TrainingData)}, union_by_name = true) WHERE CAST({Sql.Name(column.Name)} AS VARCHAR) = {Sql.Text(value)}) TO {Sql.Text(path)} (FORMAT parquet)",
            cancellationToken);
        return rows > 0 ? path : null;
    }

    private static HashSet<string> ColumnsOf(string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        return connection.Rows($"SELECT column_name FROM (DESCRIBE FROM read_parquet({Sql.Text(path)}))", cancellationToken).Select(r => r.Text(0)).ToHashSet(StringComparer.Ordinal);
    }
}
