namespace MlOps.Core.Text;

/// <summary>What changed from one text to another, line by line.</summary>
public static class LineDiff
{
    /// <summary>Beyond this the table of common lines would be large; what is changed in between is then shown as a whole.</summary>
    private const int MostCells = 4_000_000;

    /// <summary>The lines of both texts in order, each kept, removed or added.</summary>
    public static IReadOnlyList<DiffLine> Compare(string before, string after)
    {
        var (a, b) = (Lines(before), Lines(after));
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start]) start++;
        var end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)]) end++;

        List<DiffLine> result = [.. a[..start].Select(Kept)];
        result.AddRange(Middle(a[start..^end], b[start..^end]));
        result.AddRange(a[^end..].Select(Kept));
        return result;
    }

    /// <summary>The changes with so many lines around each; empty when there is none.</summary>
    public static IReadOnlyList<DiffLine> Excerpt(IReadOnlyList<DiffLine> lines, int around)
    {
        var changed = Enumerable.Range(0, lines.Count).Where(i => lines[i].Kind is not DiffKind.Kept).ToList();
        if (changed.Count is 0) return [];
        var near = new HashSet<int>(changed.SelectMany(i => Enumerable.Range(i - around, (2 * around) + 1)));
        var result = new List<DiffLine>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (near.Contains(i)) result.Add(lines[i]);
            else if (result.Count > 0 && result[^1].Kind is not DiffKind.Omitted) result.Add(new(DiffKind.Omitted, ""));
        }

        return result;
    }

    /// <summary>By the longest common subsequence.</summary>
    private static List<DiffLine> Middle(string[] a, string[] b)
    {
        if ((long)a.Length * b.Length > MostCells)
            return [.. a.Select(l => new DiffLine(DiffKind.Removed, l)), .. b.Select(l => new DiffLine(DiffKind.Added, l))];
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var result = new List<DiffLine>();
        var (x, y) = (0, 0);
        while (x < a.Length || y < b.Length)
        {
            if (x < a.Length && y < b.Length && a[x] == b[y]) result.Add(Kept(a[x++], y++));
            else if (y == b.Length || (x < a.Length && common[x + 1, y] >= common[x, y + 1])) result.Add(new(DiffKind.Removed, a[x++]));
            else result.Add(new(DiffKind.Added, b[y++]));
        }

        return result;
    }

    private static DiffLine Kept(string line, int index) => new(DiffKind.Kept, line);

    private static string[] Lines(string text) => text.Length is 0 ? [] : text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
}

/// <summary>One line of a comparison.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Text">The line.</param>
public sealed record DiffLine(DiffKind Kind, string Text);

/// <summary>What became of a line.</summary>
public enum DiffKind
{
    /// <summary>Both have it.</summary>
    Kept,

    /// <summary>Only the old text has it.</summary>
    Removed,

    /// <summary>Only the new text has it.</summary>
    Added,

    /// <summary>Lines that both have are left out here.</summary>
    Omitted,
}
