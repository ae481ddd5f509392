using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Profiling;

/// <summary>Measures every pair of columns on evenly spread rows.</summary>
internal static class AssociationScan
{
    private const long MaxRows = 100_000;
    // A pair of columns costs milliseconds; beyond this many columns the first ones are taken.
    private const int MaxColumns = 60;
    // A column with more values is an identifier or a text: everything goes together with it by chance.
    private const int MaxCategories = 1000;

    /// <summary>Measures.</summary>
    /// <param name="connection">A connection that may read the file.</param>
    /// <param name="source">SQL of the dataset, with <c>file_row_number</c>.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="label">An expression to be measured beside the columns, under its name; <see langword="null"/>: none.</param>
    /// <param name="corrected">Whether measures of categories are corrected for chance, so that datasets of different size compare.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static (IReadOnlyList<Association> Pairs, long Rows) Run(
        DuckDbConnection connection, string source, long rows, IReadOnlyList<ColumnSpec> columns, (string Name, string Sql, bool IsText)? label,
        bool corrected, CancellationToken cancellationToken)
    {
        var step = Math.Max(1, ((rows - 1) / MaxRows) + 1);
        var taken = columns.Where(c => c.Type is not (ColumnType.Timestamp or ColumnType.Date)).Take(MaxColumns)
            .Select(c => (c.Name, Sql: Sql.Name(c.Name), IsText: c.Type is ColumnType.String)).ToList();
        if (label is { } extra) taken.Add(extra);
        if (taken.Count < 2 || rows == 0) return ([], 0);

        var select = string.Join(", ", taken.Select(c => c.IsText ? $"CAST({c.Sql} AS VARCHAR)" : $"CAST({c.Sql} AS FLOAT)"));
        using var result = connection.Query(
            string.Create(CultureInfo.InvariantCulture, $"SELECT {select} FROM {source} WHERE file_row_number % {step} = 0"), cancellationToken);
        var sample = new ColumnReader([.. taken.Select(c => (c.Name, c.IsText))]).Read(result, (int)Math.Min(rows, MaxRows));
        var sides = sample.Columns.Select(Side.Of).Where(s => s.Categories <= MaxCategories).ToList();
        var pairs = sides.SelectMany((left, i) => sides.Skip(i + 1).SelectMany(right => Measure(left, right, corrected)))
            .Where(a => !double.IsNaN(a.Value)).OrderByDescending(a => Math.Abs(a.Value)).ThenBy(a => a.Left, StringComparer.Ordinal);
        return ([.. pairs], sample.Rows);
    }

    private static IEnumerable<Association> Measure(Side left, Side right, bool corrected)
    {
        switch (left, right)
        {
            case ({ Numbers: { } x }, { Numbers: { } y }):
                yield return new(left.Name, right.Name, AssociationMeasure.Pearson, AssociationMeasures.Pearson(x, y));
                yield return new(left.Name, right.Name, AssociationMeasure.Spearman, AssociationMeasures.Spearman(x, y, left.Ranks, right.Ranks));
                break;
            case ({ Codes: { } x }, { Codes: { } y }):
                yield return new(left.Name, right.Name, AssociationMeasure.CramersV, AssociationMeasures.CramersV(x, left.Categories, y, right.Categories, corrected));
                break;
            case ({ Codes: { } x }, { Numbers: { } y }):
                yield return new(left.Name, right.Name, AssociationMeasure.CorrelationRatio, AssociationMeasures.CorrelationRatio(x, left.Categories, y, corrected));
                break;
            case ({ Numbers: { } x }, { Codes: { } y }):
                yield return new(left.Name, right.Name, AssociationMeasure.CorrelationRatio, AssociationMeasures.CorrelationRatio(y, right.Categories, x, corrected));
                break;
        }
    }

    private sealed record Side(string Name, float[]? Numbers, float[] Ranks, int[]? Codes, int Categories)
    {
        public static Side Of(FeatureColumn column)
        {
            if (column is NumberColumn numbers)
            {
                var values = numbers.Values.ToArray();
                return new(column.Name, values, AssociationMeasures.Ranks(values), null, 0);
            }
            var coded = CategoryCodes.Of(((CategoryColumn)column).Values.Span, missingCounts: false);
            return new(column.Name, null, [], coded.Codes, coded.Count);
        }
    }
}
