namespace MlOps.Core.Text;

/// <summary>Finds the name that a misspelt one was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>Longest text that is looked at; a longer one is no misspelt name.</summary>
    private const int LongestName = 80;

    /// <summary>The candidate nearest to <paramref name="name"/>, or <see langword="null"/> when none is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant; of equally near ones the first wins.</param>
    /// <remarks>Near: at most one edit for every three characters, at least one; case does not count.</remarks>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length is 0 or > LongestName) return null;
        var (best, bestDistance) = ((string?)null, Math.Max(1, name.Length / 3) + 1);
        foreach (var candidate in candidates)
        {
            if (candidate.Length > LongestName) continue;
            if (string.Equals(name, candidate, StringComparison.OrdinalIgnoreCase)) return candidate;
            var distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance && distance < candidate.Length) (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    /// <summary>What to tell the writer: the nearest name, or else all of them.</summary>
    /// <example>Did you mean 'max_depth'?</example>
    public static string Advice(string name, IReadOnlyCollection<string> candidates) =>
        Find(name, candidates) is { } nearest ? $"Did you mean '{nearest}'?"
        : candidates.Count is 0 ? "There is none to choose from."
        : candidates.Count > 30 ? $"Use one of {string.Join(", ", candidates.Take(30))}, …"
        : $"Use one of {string.Join(", ", candidates)}.";

    /// <summary>Fewest insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.</summary>
    /// <remarks>The restricted Damerau–Levenshtein distance (optimal string alignment): no part of the text is edited twice.</remarks>
    public static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var (beforeLast, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last, row) = (last, row, beforeLast);
        }
        return last[b.Length];
    }
}
