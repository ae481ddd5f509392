namespace MlOps.Data.Sandbox;

/// <summary>Finds what somebody may have meant.</summary>
internal static class NearestName
{
    /// <summary>"Did you mean 'delay'?" for a name near enough, else the list of what there is.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> candidates, string what)
    {
        var nearest = candidates.MinBy(c => Distance(name, c));
        var limit = Math.Max(2, name.Length / 3);
        return nearest is not null && Distance(name, nearest) <= limit
            ? $"Did you mean '{nearest}'?"
            : $"{what}: {string.Join(", ", candidates.Take(20))}{(candidates.Count > 20 ? ", …" : "")}.";
    }

    // Levenshtein's distance; a change of case alone costs nothing.
    private static int Distance(string left, string right)
    {
        (left, right) = (left.ToUpperInvariant(), right.ToUpperInvariant());
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
