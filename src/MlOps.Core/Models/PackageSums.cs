using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.Core.Models;

/// <summary>
/// The hashes of the files that are released together: <c>SHA256SUMS</c> beside them, in the form of coreutils, so that
/// <c>sha256sum -c SHA256SUMS</c> checks a package anywhere. Its own hash stands for all of them.
/// </summary>
public sealed partial class PackageSums
{
    private readonly SortedDictionary<string, string> _sums;

    /// <param name="sums">File name to SHA-256, 64 lower-case hexadecimal digits.</param>
    public PackageSums(IEnumerable<KeyValuePair<string, string>> sums) => _sums = new(sums.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>Names of the files, in ordinal order.</summary>
    public IReadOnlyCollection<string> Files => _sums.Keys;

    /// <summary>SHA-256 of the list itself: of the package as a whole.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToString())));

    /// <summary>SHA-256 of a file; <see langword="null"/>: it is not part of the package.</summary>
    public string? Of(string file) => _sums.GetValueOrDefault(file);

    /// <summary>Reads a list as it is stored.</summary>
    /// <exception cref="FormatException">A line is none of such a list, or a name occurs twice.</exception>
    public static PackageSums Parse(string text)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Line().Match(line) is not { Success: true, Groups: var parts } || !read.TryAdd(parts["name"].Value, parts["hash"].Value))
                throw new FormatException($"'{line}' is no line of a list of hashes: expected 64 hexadecimal digits, two spaces and the name of a file, once each.");
        }

        return new(read);
    }

    /// <summary>The list as it is stored.</summary>
    public override string ToString() => string.Concat(_sums.Select(s => $"{s.Value}  {s.Key}\n"));

    // A plain name: it becomes a path.
    [GeneratedRegex(@"^(?<hash>[0-9a-f]{64})  (?<name>[A-Za-z0-9][A-Za-z0-9._-]*)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
