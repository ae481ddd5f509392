using System.Text.RegularExpressions;

namespace MlOps.Core.Datasets;

/// <summary>A name that people give to a dataset version; it can be moved to another.</summary>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="Tag">The name: see <see cref="IsName"/>.</param>
/// <param name="Version">64 hexadecimal digits.</param>
/// <param name="By">Who gave it.</param>
/// <param name="At">When, UTC.</param>
public sealed partial record DatasetTag(string Dataset, string Tag, string Version, string By, DateTimeOffset At)
{
    /// <summary>The rule of <see cref="IsName"/> in words.</summary>
    public const string Rule = "lower-case letters, digits, dots, dashes and underscores, 1 to 63 characters, beginning with a letter, and not to be mistaken for the digits of a version";

    /// <summary>Whether a text can be a tag. What reads as a version's first digits (<c>bad</c>, <c>face</c>) cannot.</summary>
    public static bool IsName(string text) => Name().IsMatch(text) && !Digits().IsMatch(text);

    // \z, not $: $ also matches before a trailing newline, and tags become keys.
    [GeneratedRegex(@"^[a-z][a-z0-9._-]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9a-f]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
