using System.Globalization;
using System.Text;

namespace MlOps.Core.Text;

/// <summary>The lines that differ between two texts, as <c>diff -u</c> writes them.</summary>
public static class LineDiff
{
    private const int Context = 2;

    /// <summary>Texts whose table of common lines would be larger are shown as replaced: a file may have tens of thousands of lines.</summary>
    private const long MostCells = 16_000_000;

    /// <summary>The difference; empty when there is none.</summary>
    /// <param name="before">The old text.</param>
    /// <param name="after">The new text.</param>
    /// <param name="name">What both are called in the head of the difference.</param>
    public static string Unified(string before, string after, string name)
    {
        var (old, now) = (before.ReplaceLineEndings("\n").Split('\n'), after.ReplaceLineEndings("\n").Split('\n'));
        var steps = Steps(old, now);
        if (steps.TrueForAll(s => s.Sign is ' ')) return "";
        var diff = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"--- {name}\n+++ {name}\n"));
        for (var from = 0; from < steps.Count;)
        {
            var first = steps.FindIndex(from, s => s.Sign is not ' ');
            if (first < 0) break;
            var end = first;
            // A hunk goes on while the next change is so near that their contexts touch.
            while (steps.FindIndex(end, s => s.Sign is not ' ') is >= 0 and var next && next - end <= 2 * Context) end = next + 1;
            AppendHunk(diff, steps, Math.Max(from, first - Context), Math.Min(steps.Count, end + Context));
            from = Math.Min(steps.Count, end + Context);
        }
        return diff.ToString();
    }

    private static void AppendHunk(StringBuilder diff, List<Step> steps, int from, int to)
    {
        var hunk = steps.GetRange(from, to - from);
        var (removed, added) = (hunk.Count(s => s.Sign is not '+'), hunk.Count(s => s.Sign is not '-'));
        diff.Append(CultureInfo.InvariantCulture, $"@@ -{hunk[0].Old + 1},{removed} +{hunk[0].New + 1},{added} @@\n");
        foreach (var step in hunk) diff.Append(step.Sign).Append(step.Line).Append('\n');
    }

    // By the longest common subsequence; files of pipelines are short.
    private static List<Step> Steps(string[] old, string[] now)
    {
        if ((long)old.Length * now.Length > MostCells)
            return [.. old.Select((line, i) => new Step('-', line, i, 0)), .. now.Select((line, j) => new Step('+', line, old.Length, j))];
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);

        var steps = new List<Step>();
        for (var (i, j) = (0, 0); i < old.Length || j < now.Length;)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j]) steps.Add(new(' ', old[i], i++, j++));
            else if (j < now.Length && (i == old.Length || common[i, j + 1] > common[i + 1, j])) steps.Add(new('+', now[j], i, j++));
            else steps.Add(new('-', old[i], i++, j));
        }
        return steps;
    }

    private readonly record struct Step(char Sign, string Line, int Old, int New);
}
