using MlOps.Core.Features;

namespace MlOps.Data.Native;

/// <summary>Whole columns of a parquet file in memory, as a trainer takes them.</summary>
public static class ParquetColumns
{
    /// <summary>Reads columns: numbers (and booleans) as <see cref="NumberColumn"/> with NaN for missing, texts as <see cref="CategoryColumn"/> with the empty text for missing, one string object a distinct value.</summary>
    /// <param name="path">A parquet file.</param>
    /// <param name="columns">Names of columns, matched exactly.</param>
    /// <param name="options">Limits; <see langword="null"/>: the defaults.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DuckDbException">The file cannot be read, or has no such column.</exception>
    public static FeatureBatch Read(
        string path, IReadOnlyList<string> columns, DuckDbOptions? options, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(options);
        var source = $"read_parquet({Sql.Text(Path.GetFullPath(path))})";
        var texts = connection.Rows($"SELECT column_name FROM (DESCRIBE SELECT * FROM {source}) WHERE column_type = 'VARCHAR'", cancellationToken)
            .Select(row => row.Text(0)).ToHashSet(StringComparer.Ordinal);
        var rows = (int)connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0);
        var select = columns.Select(name => texts.Contains(name) ? Sql.Name(name) : $"CAST({Sql.Name(name)} AS FLOAT)");
        using var result = connection.Query($"SELECT {string.Join(", ", select)} FROM {source}", cancellationToken);
        return new ColumnReader([.. columns.Select(name => (name, texts.Contains(name)))]).ReadAll(result, rows);
    }
}
