using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>Reads a text as a value.</summary>
internal delegate bool TextParser<T>(string text, [NotNullWhen(true)] out T? value);

/// <summary>A text that its type reads, as <typeparamref name="T"/>.</summary>
/// <param name="TryParse">Reads it.</param>
/// <param name="Form">How it is written, with its article.</param>
internal sealed record ParsedShape<T>(TextParser<T> TryParse, string Form) : ValueShape
    where T : class
{
    protected override string Expected => Form;

    public override object? Read(YamlNode node, string path, ProblemList problems) =>
        node is YamlText { IsNull: false } text && TryParse(text.Value, out var value) ? value : Refuse(node, path, problems);

    public override JsonObject Schema() => new() { ["type"] = "string", ["minLength"] = 1, ["description"] = $"Written as {Form}." };
}
