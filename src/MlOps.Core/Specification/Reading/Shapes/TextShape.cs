using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>Text in one line, not empty.</summary>
internal sealed record TextShape : ValueShape
{
    /// <summary>Most characters.</summary>
    public int MostCharacters { get; init; } = 1000;

    /// <summary>Expression that the whole text must match; <see langword="null"/>: any text.</summary>
    public Regex? Rule { get; init; }

    /// <summary>The rule in words.</summary>
    public string RuleInWords { get; init; } = "a text";

    /// <summary>Whether it may span several lines, as SQL may.</summary>
    public bool Lines { get; init; }

    protected override string Expected => RuleInWords;

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (string.IsNullOrWhiteSpace(text.Value))
            problems.Add(node.Position, $"'{path}' is empty.", $"Give it {Expected}, or remove the key.");
        else if (text.Value.Length > MostCharacters)
            problems.Add(node.Position, $"'{path}' has {text.Value.Length} characters, more than {MostCharacters}.", "Shorten it.");
        else if (!Lines && text.Value.TrimEnd('\n').Contains('\n', StringComparison.Ordinal))
            problems.Add(node.Position, $"'{path}' spans several lines.", "Write it in one line.");
        else if (Rule is not null && !Rule.IsMatch(text.Value))
            problems.Add(node.Position, $"'{text.Value}' is no value of '{path}': expected {RuleInWords}.", "Change it to match.");
        else
            return Lines ? text.Value.Trim() : text.Value.TrimEnd('\n');
        return null;
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MostCharacters };
        // \z is .NET's; JSON Schema speaks ECMAScript, where $ is the end of the text.
        if (Rule is not null) schema["pattern"] = Rule.ToString().Replace(@"\z", "$", StringComparison.Ordinal);
        return schema;
    }
}
