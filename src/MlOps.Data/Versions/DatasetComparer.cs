using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Data.Drift;
using MlOps.Data.Native;

namespace MlOps.Data.Versions;

/// <summary>Tells what changed between two dataset versions.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <remarks>Works on the canonical files alone: their columns and types need no specification beside them.</remarks>
public sealed class DatasetComparer(DuckDbOptions? options = null)
{
    /// <summary>Compares two versions.</summary>
    /// <param name="oldPath">Canonical file of the old version.</param>
    /// <param name="newPath">Canonical file of the new version.</param>
    /// <param name="key">Columns that name a row; empty: a row is its values, and equal rows are counted as often as they occur.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">A key column is not in both versions, or the key is not unique in one of them.</exception>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public DatasetDiff Compare(string oldPath, string newPath, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        (oldPath, newPath) = (Path.GetFullPath(oldPath), Path.GetFullPath(newPath));
        using var connection = DuckDbConnection.Open(options);
        connection.Lock([oldPath, newPath]);
        var (before, after) = (Schema(connection, oldPath, cancellationToken), Schema(connection, newPath, cancellationToken));
        var common = before.Where(c => after.Exists(a => a.Name == c.Name && a.Type == c.Type)).ToList();
        foreach (var name in key.Where(k => !common.Exists(c => c.Name == k)))
            throw new ArgumentException($"Key column '{name}' is not in both versions with the same type. {NearestName.Advice(name, [.. common.Select(c => c.Name)])}", nameof(key));

        var names = common.ConvertAll(c => c.Name);
        var counts = connection.Rows($"SELECT (SELECT count(*) FROM {Source(oldPath)}), (SELECT count(*) FROM {Source(newPath)})", cancellationToken)[0];
        var rows = key.Count == 0
            ? CompareRows(connection, oldPath, newPath, names, cancellationToken)
            : CompareKeys(connection, oldPath, newPath, names, key, cancellationToken);
        return new DatasetDiff
        {
            OldRows = counts.Long(0),
            NewRows = counts.Long(1),
            Added = rows.Added,
            Removed = rows.Removed,
            Changed = rows.Changed,
            ChangedColumns = rows.Columns,
            Schema = [.. SchemaChanges(before, after)],
            Drift = new DriftDetector(options).Compare([oldPath], [newPath], new DataSpec { Columns = common }, new DriftSpec(), cancellationToken),
        };
    }

    private static string Source(string path) => $"read_parquet({Sql.Text(path)})";

    private static List<ColumnSpec> Schema(DuckDbConnection connection, string path, CancellationToken cancellationToken) =>
        [.. connection.Rows($"SELECT column_name, column_type FROM (DESCRIBE FROM {Source(path)})", cancellationToken)
            .Select(r => new ColumnSpec { Name = r.Text(0), Type = CanonicalType(r.Text(0), r.Text(1)) })];

    private static ColumnType CanonicalType(string name, string type) => type switch
    {
        "VARCHAR" => ColumnType.String,
        "BIGINT" => ColumnType.Int,
        "DOUBLE" => ColumnType.Double,
        "BOOLEAN" => ColumnType.Bool,
        "TIMESTAMP" => ColumnType.Timestamp,
        "DATE" => ColumnType.Date,
        _ => throw new ArgumentException($"Column '{name}' is of type {type}, which no canonical file has; ingest the file first.", nameof(type)),
    };

    private static IEnumerable<SchemaChange> SchemaChanges(List<ColumnSpec> before, List<ColumnSpec> after) =>
        before.Select(c => c.Name).Union(after.Select(c => c.Name), StringComparer.Ordinal)
            .Select(name => new SchemaChange(name, before.Find(c => c.Name == name)?.Type, after.Find(c => c.Name == name)?.Type))
            .Where(c => c.OldType != c.NewType);

    // Rows by a hash of their values: how often each is in the old and in the new version.
    private static RowChanges CompareRows(DuckDbConnection connection, string oldPath, string newPath, List<string> columns, CancellationToken cancellationToken)
    {
        var hash = $"hash({string.Join(", ", columns.Select(Sql.Name))})";
        var row = connection.Rows(
            $"""
            SELECT CAST(coalesce(sum(greatest(n, 0)), 0) AS BIGINT), CAST(coalesce(sum(greatest(-n, 0)), 0) AS BIGINT) FROM (
                SELECT sum(side) AS n FROM (SELECT {hash} AS h, -1 AS side FROM {Source(oldPath)} UNION ALL SELECT {hash}, 1 FROM {Source(newPath)}) GROUP BY h)
            """,
            cancellationToken)[0];
        return new(row.Long(0), row.Long(1), 0, new Dictionary<string, long>(StringComparer.Ordinal));
    }

    private static RowChanges CompareKeys(
        DuckDbConnection connection, string oldPath, string newPath, List<string> columns, IReadOnlyList<string> key, CancellationToken cancellationToken)
    {
        var keys = string.Join(", ", key.Select(Sql.Name));
        foreach (var path in new[] { oldPath, newPath })
        {
            var repeated = connection.Rows($"SELECT count(*) FROM (SELECT 1 FROM {Source(path)} GROUP BY {keys} HAVING count(*) > 1)", cancellationToken)[0].Long(0);
            if (repeated > 0)
                throw new ArgumentException($"{repeated:N0} keys ({string.Join(", ", key)}) occur more than once in {Path.GetFileName(path)}. Name columns that are unique together.", nameof(key));
        }

        var values = columns.Except(key, StringComparer.Ordinal).ToList();
        var differs = values.ConvertAll(c => $"o.{Sql.Name(c)} IS DISTINCT FROM n.{Sql.Name(c)}");
        var both = "o.__side IS NOT NULL AND n.__side IS NOT NULL";
        var changed = differs.Count == 0 ? "false" : $"{both} AND ({string.Join(" OR ", differs)})";
        // NULL keys meet each other too.
        var on = string.Join(" AND ", key.Select(k => $"o.{Sql.Name(k)} IS NOT DISTINCT FROM n.{Sql.Name(k)}"));
        var measures = differs.Select(d => $"count(*) FILTER (WHERE {both} AND {d})")
            .Prepend($"count(*) FILTER (WHERE {changed})").Prepend("count(*) FILTER (WHERE n.__side IS NULL)").Prepend("count(*) FILTER (WHERE o.__side IS NULL)");
        var row = connection.Rows(
            $"""
            SELECT {string.Join(", ", measures)}
            FROM (SELECT *, 1 AS __side FROM {Source(oldPath)}) o FULL JOIN (SELECT *, 1 AS __side FROM {Source(newPath)}) n ON {on}
            """,
            cancellationToken)[0];
        var perColumn = values.Select((c, i) => (Column: c, Count: row.Long(3 + i))).Where(c => c.Count > 0).ToDictionary(c => c.Column, c => c.Count, StringComparer.Ordinal);
        return new(row.Long(0), row.Long(1), row.Long(2), perColumn);
    }

    private sealed record RowChanges(long Added, long Removed, long Changed, IReadOnlyDictionary<string, long> Columns);
}
