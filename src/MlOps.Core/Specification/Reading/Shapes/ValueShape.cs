using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>
/// What a key of the format may be set to. One description serves the reader, which turns nodes into values, and the JSON Schema,
/// which tells editors: the two cannot drift apart.
/// </summary>
internal abstract record ValueShape
{
    /// <summary>Reads a value.</summary>
    /// <param name="node">What the file has.</param>
    /// <param name="path">The key with those above it, for messages: <c>data.columns.delay.min</c>.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <returns>The value, or <see langword="null"/> when it is none; then a problem was added.</returns>
    public abstract object? Read(YamlNode node, string path, ProblemList problems);

    /// <summary>The shape in JSON Schema, draft 2020-12.</summary>
    public abstract JsonObject Schema();

    /// <summary>What belongs here, to end a sentence: <c>expected true or false</c>.</summary>
    protected abstract string Expected { get; }

    /// <summary>Reports a node of the wrong kind.</summary>
    protected object? Refuse(YamlNode node, string path, ProblemList problems, string? remedy = null)
    {
        if (node is YamlText { IsNull: true }) problems.Add(node.Position, $"'{path}' has no value.", remedy ?? $"Give it {Expected}, or remove the key.");
        else problems.Add(node.Position, $"{node.Kind} is no value of '{path}': expected {Expected}.", remedy ?? "Write it so.");
        return null;
    }
}
