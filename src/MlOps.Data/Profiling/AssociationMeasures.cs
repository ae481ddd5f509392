namespace MlOps.Data.Profiling;

/// <summary>Measures of how two columns go together. Rows with a missing value on either side do not count.</summary>
internal static class AssociationMeasures
{
    /// <summary>Pearson's correlation; NaN without spread.</summary>
    public static double Pearson(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double n = 0, meanX = 0, meanY = 0, spreadX = 0, spreadY = 0, together = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i]) || float.IsNaN(y[i])) continue;
            // Welford's update: no loss of digits when the mean is large against the spread.
            n++;
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            meanX += dx / n;
            meanY += dy / n;
            spreadX += dx * (x[i] - meanX);
            spreadY += dy * (y[i] - meanY);
            together += dx * (y[i] - meanY);
        }
        return spreadX > 0 && spreadY > 0 ? Math.Clamp(together / Math.Sqrt(spreadX * spreadY), -1, 1) : double.NaN;
    }

    /// <summary>Spearman's correlation: Pearson's of the ranks, ties sharing their mean rank.</summary>
    /// <param name="x">One column.</param>
    /// <param name="y">The other.</param>
    /// <param name="ranksX">Its <see cref="Ranks"/>, used where no value of <paramref name="y"/> is missing.</param>
    /// <param name="ranksY">The other's ranks.</param>
    public static double Spearman(float[] x, float[] y, float[] ranksX, float[] ranksY)
    {
        if (!Array.Exists(x, float.IsNaN) && !Array.Exists(y, float.IsNaN)) return Pearson(ranksX, ranksY);
        var both = Enumerable.Range(0, x.Length).Where(i => !float.IsNaN(x[i]) && !float.IsNaN(y[i])).ToArray();
        return Pearson(Ranks(Array.ConvertAll(both, i => x[i])), Ranks(Array.ConvertAll(both, i => y[i])));
    }

    /// <summary>Ranks from 1; equal values share the mean of their ranks. NaN sorts first.</summary>
    public static float[] Ranks(float[] values)
    {
        var order = Enumerable.Range(0, values.Length).ToArray();
        Array.Sort((float[])values.Clone(), order);
        var ranks = new float[values.Length];
        for (int from = 0, to; from < order.Length; from = to)
        {
            to = from + 1;
            while (to < order.Length && values[order[to]].Equals(values[order[from]])) to++;
            var rank = (from + 1 + to) / 2f;
            for (var i = from; i < to; i++) ranks[order[i]] = rank;
        }
        return ranks;
    }

    /// <summary>Cramér's V of two categories; NaN when one has a single value.</summary>
    /// <param name="x">Codes of one column, from 0; -1 where missing.</param>
    /// <param name="valuesX">Number of its codes.</param>
    /// <param name="y">Codes of the other.</param>
    /// <param name="valuesY">Number of its codes.</param>
    /// <param name="corrected">
    /// Whether chance is taken out, so that many categories in few rows do not look associated (Bergsma, "A bias-correction for
    /// Cramér's V and Tschuprow's T", 2013).
    /// </param>
    public static double CramersV(ReadOnlySpan<int> x, int valuesX, ReadOnlySpan<int> y, int valuesY, bool corrected = false)
    {
        var (table, rows, columns) = (new Dictionary<long, long>(), new long[valuesX], new long[valuesY]);
        long n = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] < 0 || y[i] < 0) continue;
            n++;
            rows[x[i]]++;
            columns[y[i]]++;
            var cell = ((long)x[i] * valuesY) + y[i];
            table[cell] = table.GetValueOrDefault(cell) + 1;
        }
        // χ² = n (Σ o² / (r c) − 1): empty cells need no visit.
        var sum = table.Sum(cell => (double)cell.Value * cell.Value / ((double)rows[cell.Key / valuesY] * columns[cell.Key % valuesY]));
        double r = rows.Count(c => c > 0), k = columns.Count(c => c > 0), meanSquare = sum - 1;
        if (corrected && n > 1)
        {
            meanSquare = Math.Max(0, meanSquare - ((r - 1) * (k - 1) / (n - 1)));
            (r, k) = (r - ((r - 1) * (r - 1) / (n - 1)), k - ((k - 1) * (k - 1) / (n - 1)));
        }
        // Values that never repeat leave nothing to measure once chance is out.
        return Math.Min(r, k) > 1 + 1e-9 ? Math.Sqrt(Math.Clamp(meanSquare / (Math.Min(r, k) - 1), 0, 1)) : double.NaN;
    }

    /// <summary>Correlation ratio η: root of the share of the number's spread that lies between the categories.</summary>
    /// <param name="category">Codes of the category, from 0; -1 where missing.</param>
    /// <param name="values">Number of its codes.</param>
    /// <param name="number">The number; NaN where missing.</param>
    /// <param name="corrected">
    /// Whether chance is taken out: ε, with the spread within estimated from n − k (Kelley, "An unbiased correlation ratio measure", 1935).
    /// </param>
    /// <remarks>Fisher, "Statistical Methods for Research Workers" (1925).</remarks>
    public static double CorrelationRatio(ReadOnlySpan<int> category, int values, ReadOnlySpan<float> number, bool corrected = false)
    {
        var (counts, sums) = (new long[values], new double[values]);
        double n = 0, mean = 0, spread = 0;
        for (var i = 0; i < number.Length; i++)
        {
            if (category[i] < 0 || float.IsNaN(number[i])) continue;
            counts[category[i]]++;
            sums[category[i]] += number[i];
            n++;
            var d = number[i] - mean;
            mean += d / n;
            spread += d * (number[i] - mean);
        }
        var between = 0.0;
        for (var v = 0; v < values; v++)
            if (counts[v] > 0) between += counts[v] * Math.Pow((sums[v] / counts[v]) - mean, 2);
        if (spread <= 0) return double.NaN;
        var square = between / spread;
        if (corrected)
        {
            var k = counts.Count(c => c > 0);
            if (n <= k) return double.NaN;
            square = 1 - ((1 - square) * (n - 1) / (n - k));
        }
        return Math.Sqrt(Math.Clamp(square, 0, 1));
    }

    /// <summary>
    /// Area under the ROC curve of a number that tells two classes apart, whichever way round: in [0.5, 1]. Mann and Whitney's U over
    /// the number of pairs, ties as half. NaN when a class has no values.
    /// </summary>
    /// <param name="positive">Which rows are of the one class.</param>
    /// <param name="number">The number; NaN where missing.</param>
    public static double Auc(ReadOnlySpan<bool> positive, ReadOnlySpan<float> number)
    {
        var (values, classes) = (new List<float>(), new List<bool>());
        for (var i = 0; i < number.Length; i++)
        {
            if (float.IsNaN(number[i])) continue;
            values.Add(number[i]);
            classes.Add(positive[i]);
        }
        var ranks = Ranks([.. values]);
        double ones = 0, sum = 0;
        for (var i = 0; i < ranks.Length; i++)
            if (classes[i]) (ones, sum) = (ones + 1, sum + ranks[i]);
        var pairs = ones * (ranks.Length - ones);
        if (pairs == 0) return double.NaN;
        var area = (sum - (ones * (ones + 1) / 2)) / pairs;
        return Math.Max(area, 1 - area);
    }
}
