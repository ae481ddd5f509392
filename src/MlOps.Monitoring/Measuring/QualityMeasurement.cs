using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Validation;

namespace MlOps.Monitoring.Measuring;

/// <summary>Missing, invalid and unseen values among the inputs.</summary>
internal static class QualityMeasurement
{
    // A column with more distinct texts is no category: that it has new ones is its nature.
    private const long MostCategories = 10_000;

    public static IReadOnlyList<MonitorPoint> Measure(QualityMonitorSpec monitor, MonitorContext context, long rows, CancellationToken cancellationToken)
    {
        var columns = context.VisibleColumns;
        if (columns.Count is 0) return [];
        var measures = columns.SelectMany(c => new[] { $"count(*) FILTER (WHERE {Sql.Name(c.Name)} IS NULL)", $"count(*) FILTER (WHERE {ColumnRule.Broken(c with { Required = false })})" });
        var counts = context.Window.QueryInputs(columns, $"SELECT {string.Join(", ", measures)} FROM inputs", cancellationToken)[0];
        using var training = context.TrainingData.Count > 0 ? new TrainingColumns(context.TrainingData, cancellationToken) : null;
        var points = new List<MonitorPoint>();
        for (var i = 0; i < columns.Count; i++)
        {
            var column = columns[i];
            var before = training?.Missing(column.Name, cancellationToken);
            points.Add(Points.AtMost("missing", column.Name, (double)counts.Long(2 * i) / rows, before + monitor.MaxMissing, $"The share of missing values of {column.Name}", before));
            points.Add(Points.AtMost("invalid", column.Name, (double)counts.Long((2 * i) + 1) / rows, monitor.MaxInvalid, $"The share of values of {column.Name} that break its rule"));
            if (column.Type is ColumnType.String && training?.Texts(column.Name, MostCategories, cancellationToken) is { } known)
                points.Add(Points.AtMost("unseen", column.Name, Unseen(context, column, known, rows, cancellationToken), monitor.MaxUnseen, $"The share of values of {column.Name} that training never saw"));
        }
        return points;
    }

    private static double Unseen(MonitorContext context, ColumnSpec column, HashSet<string> known, long rows, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var values = context.Window.QueryInputs([column], $"SELECT {name}, count(*) FROM inputs WHERE {name} IS NOT NULL GROUP BY {name}", cancellationToken);
        return (double)values.Where(v => !known.Contains(v.Text(0))).Sum(v => v.Long(1)) / rows;
    }

    /// <summary>The columns of the data that the model was trained on.</summary>
    private sealed class TrainingColumns : IDisposable
    {
        private readonly DuckDbConnection _connection = DuckDbConnection.Open();
        private readonly string _source;
        private readonly HashSet<string> _names;

        public TrainingColumns(IReadOnlyList<string> files, CancellationToken cancellationToken)
        {
            _source = $"read_parquet({Sql.List(files)}, union_by_name = true)";
            _names = _connection.Rows($"SELECT column_name FROM (DESCRIBE FROM {_source})", cancellationToken).Select(r => r.Text(0)).ToHashSet(StringComparer.Ordinal);
        }

        public double? Missing(string column, CancellationToken cancellationToken) => _names.Contains(column)
            ? _connection.Rows($"SELECT CAST(count(*) FILTER (WHERE {Sql.Name(column)} IS NULL) AS DOUBLE) / count(*) FROM {_source}", cancellationToken)[0].Double(0)
            : null;

        public HashSet<string>? Texts(string column, long most, CancellationToken cancellationToken)
        {
            if (!_names.Contains(column)) return null;
            var values = _connection.Rows($"SELECT DISTINCT CAST({Sql.Name(column)} AS VARCHAR) FROM {_source} LIMIT {most + 1}", cancellationToken);
            return values.Count > most ? null : values.Select(v => v.Text(0)).ToHashSet(StringComparer.Ordinal);
        }

        public void Dispose() => _connection.Dispose();
    }
}
