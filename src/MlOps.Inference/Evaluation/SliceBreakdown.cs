using MlOps.Core.Evaluation;

namespace MlOps.Inference.Evaluation;

/// <summary>The metrics within the rows that share a value.</summary>
internal static class SliceBreakdown
{
    public static IReadOnlyList<SliceMetrics> Of(ScoredRows scored, MetricSet metrics, EvaluationOptions options)
    {
        var breakdown = new List<SliceMetrics>();
        foreach (var slice in scored.Slices)
        {
            var rowsOfValue = RowsByValue(slice);
            var values = slice.Values;
            var chosen = Enumerable.Range(0, values.Count)
                .Where(v => rowsOfValue[v].Length >= options.MinSliceRows)
                .OrderByDescending(v => rowsOfValue[v].Length).ThenBy(v => values[v], StringComparer.Ordinal)
                .Take(options.MaxSliceValues);
            foreach (var value in chosen) breakdown.Add(Measure(slice.Name, values[value], rowsOfValue[value], scored, metrics));
        }
        return breakdown;
    }

    private static SliceMetrics Measure(string slice, string value, int[] rows, ScoredRows scored, MetricSet metrics)
    {
        var (predictions, labels) = (new float[rows.Length * scored.Width], new float[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            labels[i] = scored.Labels[rows[i]];
            scored.Predictions.Slice(rows[i] * scored.Width, scored.Width).CopyTo(predictions.AsSpan(i * scored.Width));
        }
        return new(slice, value, rows.Length, metrics.Compute(predictions, labels));
    }

    private static int[][] RowsByValue(SliceValues slice)
    {
        var counts = new int[slice.Values.Count];
        foreach (var value in slice.OfRow) counts[value]++;
        var rows = counts.Select(c => new int[c]).ToArray();
        Array.Clear(counts);
        for (var row = 0; row < slice.OfRow.Length; row++)
        {
            var value = slice.OfRow[row];
            rows[value][counts[value]++] = row;
        }
        return rows;
    }
}
