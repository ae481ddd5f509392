using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Outliers;

namespace MlOps.Data.Validation;

/// <summary>The share of rows that an isolation forest sets apart, by one column or several together.</summary>
internal static class IsolationCheck
{
    // Evenly spread rows tell a share as well as all of them.
    private const long MostRows = 50_000;
    private const ulong Seed = 1;
    // The paper's figure 3: anomalies are where the score is 0.6 or more.
    private const double Threshold = 0.6;

    /// <summary>The check; rows with a missing value among the columns do not count.</summary>
    public static DatasetCheck Of(OutliersCheck check, string kept)
    {
        var names = check.Columns.Select(Sql.Name).ToList();
        var usable = string.Join(" AND ", names.Select(n => $"isfinite(CAST({n} AS DOUBLE))").Prepend($"({kept})"));
        return new(
            string.Create(CultureInfo.InvariantCulture, $"outliers of {string.Join(", ", check.Columns)} (isolation) <= {check.Max}"),
            [$"count(*) FILTER (WHERE {usable})"],
            (context, measures) =>
            {
                var rows = (long)measures[0]!;
                if (rows < 2) return new(Passed: true, double.NaN, "There are not two kept rows with values.");
                var step = ((rows - 1) / MostRows) + 1;
                var (values, places) = Read(context, names, usable, step);
                return Judge(check, values, places);
            });
    }

    private static CheckFinding Judge(OutliersCheck check, double[][] values, long[] places)
    {
        var forest = IsolationForest.Grow(values, Seed);
        var row = new double[values.Length];
        var (outliers, furthest, highest) = (0, 0, 0.0);
        for (var i = 0; i < places.Length; i++)
        {
            for (var c = 0; c < row.Length; c++) row[c] = values[c][i];
            var score = forest.Score(row);
            if (score >= Threshold) outliers++;
            if (score > highest) (highest, furthest) = (score, i);
        }
        var share = (double)outliers / places.Length;
        var shown = string.Join(", ", check.Columns.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"{c} = {values[i][furthest]:0.####}")));
        return new(share <= check.Max, share, string.Create(CultureInfo.InvariantCulture,
            $"{outliers:N0} of {places.Length:N0} rows score {Threshold} or more ({share:P2}); the furthest is row {places[furthest] + 1:N0} with {shown}, score {highest:0.###}{(share <= check.Max ? "." : "; look at them in the profile.")}"));
    }

    private static (double[][] Values, long[] Places) Read(CheckContext context, List<string> names, string usable, long step)
    {
        var values = names.ConvertAll(_ => new List<double>());
        var places = new List<long>();
        // By their number among the usable rows: a file's gaps do not thin the sample.
        using var result = context.Connection.Query(
            string.Create(CultureInfo.InvariantCulture,
                $"""
                SELECT {string.Join(", ", names.Select(n => $"CAST({n} AS DOUBLE)"))}, file_row_number
                FROM (SELECT *, row_number() OVER (ORDER BY file_row_number) - 1 AS __nth FROM {context.Source} WHERE {usable})
                WHERE __nth % {step} = 0 ORDER BY file_row_number
                """),
            context.CancellationToken);
        while (result.NextChunk())
        {
            for (var c = 0; c < values.Count; c++) values[c].AddRange(result.Column(c).Span<double>());
            places.AddRange(result.Column(values.Count).Span<long>());
        }
        return ([.. values.Select(v => v.ToArray())], [.. places]);
    }
}
