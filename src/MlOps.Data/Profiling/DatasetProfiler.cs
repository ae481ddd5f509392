using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Profiling;

/// <summary>Describes a dataset version: columns, gaps, duplicates, time, associations.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
public sealed class DatasetProfiler(DuckDbOptions? options = null)
{
    private const int MaxPatterns = 20;
    // One bit a column in a 64-bit number.
    private const int MaxPatternColumns = 60;

    private readonly DuckDbOptions _options = options ?? new();

    /// <summary>Describes a dataset version.</summary>
    /// <param name="dataPath">The canonical file.</param>
    /// <param name="data">Its columns.</param>
    /// <param name="label">A label whose association with the columns is measured too; <see langword="null"/>: none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ExpressionException">The label's expression cannot be used.</exception>
    /// <exception cref="DuckDbException">The file cannot be read.</exception>
    public DatasetProfile Profile(string dataPath, DataSpec data, LabelSpec? label, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(dataPath);
        using var connection = DuckDbConnection.Open(_options);
        connection.Lock([path]);
        var source = $"read_parquet({Sql.Text(path)}, file_row_number = true)";
        var rows = connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0);
        var columns = new ColumnScan(connection, source, data.Columns).Run(cancellationToken);
        var (associations, sampled) = AssociationScan.Run(connection, source, rows, data.Columns, Label(connection, source, data, label, cancellationToken), corrected: false, cancellationToken);
        return new DatasetProfile
        {
            Rows = rows,
            DuplicateRows = Duplicates(connection, source, data, rows, cancellationToken),
            Columns = columns,
            MissingPatterns = MissingPatterns(connection, source, columns, rows, cancellationToken),
            TimeCoverage = TimeCoverage(connection, source, data, cancellationToken),
            Associations = associations,
            AssociationRows = sampled,
        };
    }

    private static (string Name, string Sql, bool IsText)? Label(
        DuckDbConnection connection, string source, DataSpec data, LabelSpec? label, CancellationToken cancellationToken)
    {
        // A label that is a column is measured already.
        if (label is null || data.Columns.Any(c => Sql.Name(c.Name) == label.Sql || c.Name == label.Sql)) return null;
        var expression = new ExpressionParser(connection).Parse("features.label", label.Sql, [.. data.Columns.Select(c => c.Name)]);
        var type = new Features.ExpressionTypes(connection, source).TypeOf("features.label", expression, cancellationToken);
        return ($"{label.Name} (label)", expression.Embedded, type is "VARCHAR");
    }

    // Two different rows with one 64-bit hash are rarer than a flipped bit in memory.
    private static long Duplicates(DuckDbConnection connection, string source, DataSpec data, long rows, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", data.Columns.Select(c => Sql.Name(c.Name)));
        return rows - connection.Rows($"SELECT count(DISTINCT hash({columns})) FROM {source}", cancellationToken)[0].Long(0);
    }

    private static IReadOnlyList<MissingPattern> MissingPatterns(
        DuckDbConnection connection, string source, IReadOnlyList<ColumnProfile> columns, long rows, CancellationToken cancellationToken)
    {
        var gaps = columns.Where(c => c.Missing > 0).Take(MaxPatternColumns).ToList();
        if (gaps.Count == 0) return rows > 0 ? [new([], rows)] : [];
        var bits = string.Join(" + ", gaps.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"(CASE WHEN {Sql.Name(c.Name)} IS NULL THEN {1L << i} ELSE 0 END)")));
        return [.. connection.Rows($"SELECT CAST({bits} AS BIGINT) AS pattern, count(*) AS n FROM {source} GROUP BY pattern ORDER BY n DESC, pattern LIMIT {MaxPatterns}", cancellationToken)
            .Select(r => new MissingPattern([.. gaps.Where((_, i) => (r.Long(0) & (1L << i)) != 0).Select(c => c.Name)], r.Long(1)))];
    }

    private static IReadOnlyList<TimeBucket> TimeCoverage(DuckDbConnection connection, string source, DataSpec data, CancellationToken cancellationToken)
    {
        if (data.TimeColumn is not { } time) return [];
        var name = $"CAST({Sql.Name(time.Name)} AS TIMESTAMP)";
        var range = connection.Rows($"SELECT min({name}), max({name}) FROM {source}", cancellationToken)[0];
        if (range.Time(0) is not { } from || range.Time(1) is not { } to) return [];
        var unit = (to - from).TotalDays switch { < 4 => "hour", < 400 => "day", < 12_000 => "month", _ => "year" };
        return [.. connection.Rows($"SELECT CAST(date_trunc('{unit}', {name}) AS TIMESTAMP) AS t, count(*) FROM {source} WHERE {name} IS NOT NULL GROUP BY t ORDER BY t", cancellationToken)
            .Select(r => new TimeBucket(r.Time(0)!.Value, r.Long(1)))];
    }
}
