using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Validation;

namespace MlOps.Data.Drift;

/// <summary>Counts the values of a column in two datasets at once.</summary>
internal sealed class SampleReader
{
    // Beyond this many rows a side, every k-th row is as good and bounds the memory.
    private const long MaxRows = 4_000_000;
    private const string View = "both_datasets";

    private readonly DuckDbConnection _connection;

    /// <summary>Prepares both datasets: the rows that break no rule.</summary>
    public SampleReader(DuckDbConnection connection, IReadOnlyList<string> reference, IReadOnlyList<string> current, DataSpec spec, CancellationToken cancellationToken)
    {
        _connection = connection;
        connection.Lock([.. reference, .. current]);
        RowRules.Guard(connection, $"read_parquet({Sql.Text(reference[0])})", spec, cancellationToken);
        connection.Execute($"CREATE TEMP VIEW {View} AS {Side(reference, isCurrent: false)} UNION ALL {Side(current, isCurrent: true)}", cancellationToken);
        var rows = connection.Rows($"SELECT count(*) FILTER (WHERE NOT __current), count(*) FILTER (WHERE __current) FROM {View}", cancellationToken)[0];
        (ReferenceRows, CurrentRows) = (rows.Long(0), rows.Long(1));

        string Side(IReadOnlyList<string> paths, bool isCurrent)
        {
            var source = Sql.List(paths);
            var total = connection.Rows($"SELECT CAST(sum(num_rows) AS BIGINT) FROM parquet_file_metadata({source})", cancellationToken)[0].Long(0);
            var step = ((total - 1) / MaxRows) + 1;
            var every = step == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" AND file_row_number % {step} = 0");
            var columns = string.Join(", ", spec.Columns.Select(c => Sql.Name(c.Name)));
            return $"SELECT {columns}, {isCurrent} AS __current FROM read_parquet({source}, file_row_number = true) WHERE {RowRules.Predicate(spec)}{every}";
        }
    }

    /// <summary>Compared rows of the reference.</summary>
    public long ReferenceRows { get; }

    /// <summary>Compared rows of the other dataset.</summary>
    public long CurrentRows { get; }

    /// <summary>Counts the distinct values of a number; missing ones are left out.</summary>
    /// <param name="sql">SQL of the number.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public NumberSamples Numbers(string sql, CancellationToken cancellationToken)
    {
        var (values, reference, current) = (new List<double>(), new List<long>(), new List<long>());
        using var result = _connection.Query(
            $"""
            SELECT CAST({sql} AS DOUBLE) AS v, count(*) FILTER (WHERE NOT __current), count(*) FILTER (WHERE __current)
            FROM {View} WHERE {sql} IS NOT NULL GROUP BY v ORDER BY v
            """,
            cancellationToken);
        while (result.NextChunk())
        {
            values.AddRange(result.Column(0).Span<double>());
            reference.AddRange(result.Column(1).Span<long>());
            current.AddRange(result.Column(2).Span<long>());
        }
        return new(values, reference, current);
    }

    /// <summary>Counts the distinct values of a category; missing ones are left out.</summary>
    /// <param name="sql">SQL of the category.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public CategoryCounts Categories(string sql, CancellationToken cancellationToken)
    {
        var (reference, current) = (new List<long>(), new List<long>());
        using var result = _connection.Query(
            $"""
            SELECT count(*) FILTER (WHERE NOT __current), count(*) FILTER (WHERE __current)
            FROM {View} WHERE {sql} IS NOT NULL GROUP BY {sql} ORDER BY {sql}
            """,
            cancellationToken);
        while (result.NextChunk())
        {
            reference.AddRange(result.Column(0).Span<long>());
            current.AddRange(result.Column(1).Span<long>());
        }
        return new(reference, current);
    }

    /// <summary>Counts the words of a text.</summary>
    /// <param name="sql">SQL of the text.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public TextVocabulary Vocabulary(string sql, CancellationToken cancellationToken) => TextVocabulary.Of(
        [.. _connection.Rows(TextVocabulary.QueryOf(sql, View), cancellationToken).Select(r => (r.Long(0), r.Long(1), r.Long(2), r.Long(3)))]);

    /// <summary>Shares of missing values: in the reference, in the other dataset.</summary>
    public (double Reference, double Current) Missing(string column, CancellationToken cancellationToken)
    {
        var row = _connection.Rows(
            $"SELECT count(*) FILTER (WHERE NOT __current), count(*) FILTER (WHERE __current) FROM {View} WHERE {Sql.Name(column)} IS NULL", cancellationToken)[0];
        return ((double)row.Long(0) / Math.Max(1, ReferenceRows), (double)row.Long(1) / Math.Max(1, CurrentRows));
    }

    /// <summary>Whether a text column is free text rather than a category: over 1,000 distinct values, and more than a tenth of the reference's rows.</summary>
    public bool IsFreeText(string column, CancellationToken cancellationToken)
    {
        var distinct = _connection.Rows($"SELECT approx_count_distinct({Sql.Name(column)}) FROM {View} WHERE NOT __current", cancellationToken)[0].Long(0);
        return distinct > 1000 && distinct * 10 > ReferenceRows;
    }
}
