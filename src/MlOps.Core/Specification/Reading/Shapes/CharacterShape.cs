using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>One character, as a <see cref="char"/>; a tab may be written as the word.</summary>
internal sealed record CharacterShape : ValueShape
{
    /// <summary>What the word <c>none</c> is read as.</summary>
    public const char None = '\0';

    private const string NoneWord = "none";
    private const string TabWord = "tab";

    /// <summary>Whether it must be ASCII.</summary>
    public bool AsciiOnly { get; init; }

    /// <summary>Whether it may be the word <c>none</c>.</summary>
    public bool MayBeNone { get; init; }

    protected override string Expected => $"one {(AsciiOnly ? "ASCII " : "")}character, or {string.Join(" or ", Words)}";

    private IReadOnlyList<string> Words => MayBeNone ? [TabWord, NoneWord] : [TabWord];

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { Value: var text }) return Refuse(node, path, problems);
        if (text is TabWord) return '\t';
        if (MayBeNone && text is NoneWord) return None;
        // Neither may end a line, and half of a surrogate pair is no character.
        return text is [not ('\r' or '\n' or '\0') and var character] && !char.IsSurrogate(character) && (!AsciiOnly || char.IsAscii(character))
            ? character
            : Refuse(node, path, problems, $"Write it so; in quotes where YAML has a meaning for it: delimiter: \";\".");
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = $@"^([^\r\n]|{string.Join('|', Words)})$" };
}
