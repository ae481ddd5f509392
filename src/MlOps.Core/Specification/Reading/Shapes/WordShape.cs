using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>One of a few words, each with the value that it stands for.</summary>
internal sealed record WordShape(params IReadOnlyList<Word> Words) : ValueShape
{
    /// <summary>Words that are planned: the answer to them is "not yet" and not "misspelt".</summary>
    public IReadOnlyList<string> NotYet { get; init; } = [];

    protected override string Expected => Words.Count is 1 ? $"'{Words[0].Text}'" : $"one of {string.Join(", ", Words.Select(w => w.Text))}";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is YamlMap { Entries: [var only] } && NotYet.Contains(only.Key.Value, StringComparer.Ordinal))
            return ReportNotYet(only.Key, path, problems);
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (Words.FirstOrDefault(w => w.Text == text.Value) is { } word) return word.Value;
        if (NotYet.Contains(text.Value, StringComparer.Ordinal)) return ReportNotYet(text, path, problems);
        problems.Add(node.Position, $"{node.Kind} is no value of '{path}': expected {Expected}.", NearestName.Advice(text.Value, [.. Words.Select(w => w.Text)]));
        return null;
    }

    public override JsonObject Schema() => new()
    {
        ["enum"] = new JsonArray([.. Words.Select(w => JsonValue.Create(w.Text))]),
        ["description"] = string.Join(" ", Words.Select(w => $"{w.Text}: {w.Description}")),
    };

    private object? ReportNotYet(YamlText text, string path, ProblemList problems)
    {
        problems.Add(text.Position, $"'{text.Value}' is not supported yet as a value of '{path}'.", $"Use {Expected}.");
        return null;
    }
}

/// <summary>One word that a key may be set to.</summary>
/// <param name="Text">The word in the file.</param>
/// <param name="Value">What it stands for.</param>
/// <param name="Description">One sentence for editors.</param>
internal sealed record Word(string Text, object Value, string Description);
