using System.Security.Cryptography;
using MlOps.Core.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Finds files of one drop that have the same bytes: rows must not count twice because a file came under two names.</summary>
internal static class RepeatedFiles
{
    /// <summary>The files without repeats, in their order, and the names of those left out.</summary>
    public static (List<SourceFile> Distinct, List<string> Repeats) Part(IReadOnlyList<SourceFile> files)
    {
        var lengths = files.ToDictionary(f => f, f => LengthOf(f.Path));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (distinct, repeats) = (new List<SourceFile>(), new List<string>());
        foreach (var file in files)
        {
            // Files of different lengths differ; only the others are read.
            var mayRepeat = lengths.Values.Count(l => l == lengths[file]) > 1;
            if (mayRepeat && !seen.Add(HashOf(file.Path))) repeats.Add(file.Name);
            else distinct.Add(file);
        }

        return (distinct, repeats);
    }

    // Of what a link points to, not of the link.
    private static long LengthOf(string path)
    {
        using var stream = File.OpenRead(path);
        return stream.Length;
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
