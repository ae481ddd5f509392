namespace MlOps.Data.Profiling;

/// <summary>Texts as numbers from 0, in the order in which they first appear.</summary>
/// <param name="Codes">A code for each row; -1 where missing.</param>
/// <param name="Count">How many there are.</param>
internal sealed record CategoryCodes(int[] Codes, int Count)
{
    /// <summary>Codes of texts.</summary>
    /// <param name="texts">The texts; empty where missing.</param>
    /// <param name="missingCounts">Whether missing is a value of its own.</param>
    public static CategoryCodes Of(ReadOnlySpan<string> texts, bool missingCounts)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new int[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            codes[i] = texts[i].Length == 0 && !missingCounts ? -1
                : known.TryGetValue(texts[i], out var code) ? code
                : known[texts[i]] = known.Count;
        }
        return new(codes, known.Count);
    }
}
