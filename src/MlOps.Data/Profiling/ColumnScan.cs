using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Profiling;

/// <summary>Measures each column by itself: one scan for all moments and quantiles, one for all histograms, one a column for its values.</summary>
internal sealed class ColumnScan(DuckDbConnection connection, string source, IReadOnlyList<ColumnSpec> columns)
{
    private const int Bins = 30;
    private const int TopValues = 20;
    private static readonly double[] s_probabilities = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    // Positions of the quartiles among the probabilities.
    private const int LowerQuartile = 2;
    private const int UpperQuartile = 4;

    /// <summary>Measures.</summary>
    public IReadOnlyList<ColumnProfile> Run(CancellationToken cancellationToken)
    {
        var basics = Basics(cancellationToken);
        var numbers = Histograms([.. basics.Where(b => b.Quantiles is not null)], cancellationToken);
        return [.. basics.Select(b =>
        {
            var (distinct, top) = b.Column.Type is ColumnType.String or ColumnType.Bool ? Values(b.Column, cancellationToken) : (b.Distinct, []);
            return new ColumnProfile
            {
                Name = b.Column.Name,
                Type = b.Column.Type,
                Missing = b.Missing,
                Distinct = distinct,
                Min = b.Min,
                Max = b.Max,
                Numbers = numbers.GetValueOrDefault(b.Column.Name),
                TopValues = top,
            };
        })];
    }

    private static bool IsNumber(ColumnSpec column) => column.Type is ColumnType.Int or ColumnType.Double;

    private List<Basic> Basics(CancellationToken cancellationToken)
    {
        var measures = columns.SelectMany(column =>
        {
            var name = Sql.Name(column.Name);
            IEnumerable<string> common =
            [
                $"count(*) - count({name})", column.Type is ColumnType.String or ColumnType.Bool ? "0" : $"approx_count_distinct({name})", $"CAST(min({name}) AS VARCHAR)", $"CAST(max({name}) AS VARCHAR)",
            ];
            if (!IsNumber(column)) return common;
            // DuckDB's moments raise an error on no spread; NaN stands for that.
            return common.Concat(
            [
                $"avg({name})", $"stddev_samp({name})", $"skewness({name})", $"kurtosis({name})",
                .. QuantileColumns(name),
            ]);
        });
        var row = connection.Rows($"SELECT {string.Join(", ", measures)} FROM {source}", cancellationToken)[0];
        var (basics, at) = (new List<Basic>(), 0);
        foreach (var column in columns)
        {
            var basic = new Basic(column, row.Long(at), row.Long(at + 1), (string?)row[at + 2], (string?)row[at + 3]);
            at += 4;
            if (IsNumber(column))
            {
                if (basic.Min is not null)
                {
                    basic = basic with
                    {
                        Moments = (row.Double(at), row.Double(at + 1), row.Double(at + 2), row.Double(at + 3)),
                        Quantiles = [.. s_probabilities.Select((_, i) => row.Double(at + 4 + i))],
                    };
                }
                at += 4 + s_probabilities.Length;
            }
            basics.Add(basic);
        }
        return basics;
    }

    // One sketch serves all its quantiles: DuckDB computes equal aggregates once.
    private static IEnumerable<string> QuantileColumns(string name)
    {
        var list = string.Join(", ", s_probabilities.Select(p => p.ToString(CultureInfo.InvariantCulture)));
        return s_probabilities.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"CAST(approx_quantile(CAST({name} AS DOUBLE), [{list}])[{i + 1}] AS DOUBLE)"));
    }

    private Dictionary<string, NumberProfile> Histograms(List<Basic> numbers, CancellationToken cancellationToken)
    {
        if (numbers.Count == 0) return [];
        var measures = numbers.SelectMany(b =>
        {
            var (name, (low, high), layout) = (Sql.Name(b.Column.Name), b.Fences(), b.Layout());
            // least and greatest pass over NULL.
            var bin = $"CASE WHEN {name} IS NOT NULL THEN least({layout.Count - 1}, greatest(0, floor(({name} - {Number(layout.From)}) / {Number(layout.Width)}))) END";
            return Enumerable.Range(0, layout.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"count(*) FILTER (WHERE {bin} = {i})"))
                .Append($"count(*) FILTER (WHERE {name} < {Number(low)} OR {name} > {Number(high)})");
        });
        var row = connection.Rows($"SELECT {string.Join(", ", measures)} FROM {source}", cancellationToken)[0];
        var (profiles, at) = (new Dictionary<string, NumberProfile>(StringComparer.Ordinal), 0);
        foreach (var basic in numbers)
        {
            var layout = basic.Layout();
            var first = at;
            profiles[basic.Column.Name] = new NumberProfile
            {
                Mean = basic.Moments.Mean,
                Deviation = basic.Moments.Deviation,
                Skewness = basic.Moments.Skewness,
                Kurtosis = basic.Moments.Kurtosis,
                Quantiles = s_probabilities.Zip(basic.Quantiles!).ToDictionary(q => q.First.ToString(CultureInfo.InvariantCulture), q => q.Second, StringComparer.Ordinal),
                Histogram = [.. Enumerable.Range(0, layout.Count).Select(i => new HistogramBin(layout.From + (i * layout.Width), layout.From + ((i + 1) * layout.Width), row.Long(first + i)))],
                Outliers = row.Long(first + layout.Count),
            };
            at += layout.Count + 1;
        }
        return profiles;
    }

    // The values are grouped for the most frequent ones anyway: their number comes exactly and for nothing.
    private (long Distinct, IReadOnlyList<ValueCount> Top) Values(ColumnSpec column, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var rows = connection.Rows(
            $"SELECT CAST({name} AS VARCHAR), count(*) AS n, count(*) OVER () FROM {source} WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY n DESC, {name} LIMIT {TopValues}",
            cancellationToken);
        return (rows.Count == 0 ? 0 : rows[0].Long(2), [.. rows.Select(r => new ValueCount(r.Text(0), r.Long(1)))]);
    }

    private static string Number(double value) => string.Create(CultureInfo.InvariantCulture, $"CAST('{value:R}' AS DOUBLE)");

    private sealed record Basic(ColumnSpec Column, long Missing, long Distinct, string? Min, string? Max)
    {
        public (double Mean, double Deviation, double Skewness, double Kurtosis) Moments { get; init; }

        public double[]? Quantiles { get; init; }

        public (double Low, double High) Fences()
        {
            var (lower, upper) = (Quantiles![LowerQuartile], Quantiles[UpperQuartile]);
            var reach = 1.5 * (upper - lower);
            return (lower - reach, upper + reach);
        }

        /// <summary>Bins between the fences; whole numbers get bins of whole width, so that no bin holds more of them than its neighbour.</summary>
        public (double From, double Width, int Count) Layout()
        {
            var (from, to) = (double.Parse(Min!, CultureInfo.InvariantCulture), double.Parse(Max!, CultureInfo.InvariantCulture));
            var (low, high) = Fences();
            // A column whose quartiles agree is drawn from end to end.
            if (high > low) (from, to) = (Math.Max(from, low), Math.Min(to, high));
            if (Column.Type is ColumnType.Int)
            {
                (from, to) = (Math.Floor(from), Math.Floor(to));
                var whole = Math.Max(1, Math.Ceiling((to - from + 1) / Bins));
                return (from, whole, (int)Math.Ceiling((to - from + 1) / whole));
            }
            return to > from ? (from, (to - from) / Bins, Bins) : (from, 1, 1);
        }
    }
}
