using System.Text.RegularExpressions;

namespace MlOps.Core.Datasets;

/// <summary>Names one immutable snapshot of a dataset: SHA-256 of its canonical Parquet bytes, the same on every machine.</summary>
public sealed partial record DatasetVersion
{
    private DatasetVersion(string digest) => Digest = digest;

    /// <summary>64 lower-case hexadecimal digits; safe as a path segment.</summary>
    public string Digest { get; }

    /// <summary>The first 12 digits, for people.</summary>
    public string Short => Digest[..12];

    /// <summary>Reads a version as it is printed, stored and sent.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not 64 lower-case hexadecimal digits.</exception>
    public static DatasetVersion Parse(string text) =>
        Sha256().IsMatch(text) ? new(text) : throw new FormatException(
            $"'{text}' is no dataset version: expected 64 lower-case hexadecimal digits, as 'mlops datasets' prints them.");

    /// <inheritdoc/>
    public override string ToString() => Digest;

    // \z, not $: $ also matches before a trailing newline, and versions become paths.
    [GeneratedRegex(@"^[0-9a-f]{64}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sha256();
}
