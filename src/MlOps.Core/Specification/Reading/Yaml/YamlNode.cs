namespace MlOps.Core.Specification.Reading.Yaml;

/// <summary>A value of a YAML file with its place. A closed set: <see cref="YamlText"/>, <see cref="YamlList"/>, <see cref="YamlMap"/>.</summary>
/// <param name="Position">Where it starts.</param>
internal abstract record YamlNode(SourcePosition Position)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar. What it means is decided by the key it belongs to, never by its looks: <c>no</c> is a word, not a truth value.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Value">Its text.</param>
/// <param name="Quoted">Whether it was quoted or a block: then it is text and nothing else.</param>
internal sealed record YamlText(SourcePosition Position, string Value, bool Quoted) : YamlNode(Position)
{
    public bool IsNull => !Quoted && (Value is "" or "~" or "null" or "Null" or "NULL");

    public override string Kind => IsNull ? "nothing" : $"'{Shorten(Value)}'";

    private static string Shorten(string value)
    {
        var line = value.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : string.Concat(line.AsSpan(0, 57), "...");
    }
}

/// <summary>A sequence.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Items">Its values.</param>
internal sealed record YamlList(SourcePosition Position, IReadOnlyList<YamlNode> Items) : YamlNode(Position)
{
    public override string Kind => "a list";
}

/// <summary>A mapping; no key is in it twice.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Entries">Keys and values in the order of the file.</param>
internal sealed record YamlMap(SourcePosition Position, IReadOnlyList<YamlEntry> Entries) : YamlNode(Position)
{
    public override string Kind => "a mapping";
}

/// <summary>One key of a mapping.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">What it is set to.</param>
internal sealed record YamlEntry(YamlText Key, YamlNode Value);
