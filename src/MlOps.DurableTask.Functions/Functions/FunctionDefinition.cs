using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlOps.DurableTask.Functions;

/// <summary>One function as the Functions host sees it: a folder of this name with a <c>function.json</c> in it.</summary>
public sealed partial record FunctionDefinition
{
    /// <param name="name">A letter, then letters, digits, <c>-</c> and <c>_</c>; at most 127 characters.</param>
    /// <param name="bindings">The bindings of its function.json; the first is the trigger.</param>
    /// <exception cref="ArgumentException">The name cannot be a function's, or there is no binding.</exception>
    public FunctionDefinition(string name, params IReadOnlyList<JsonObject> bindings)
    {
        if (!ValidName().IsMatch(name))
            throw new ArgumentException($"'{name}' cannot name a function: a letter, then letters, digits, '-' and '_', at most 127 characters.", nameof(name));
        if (bindings.Count is 0)
            throw new ArgumentException($"Function '{name}' has no binding: nothing would ever call it.", nameof(bindings));
        (Name, Bindings) = (name, bindings);
    }

    /// <summary>Its name; folder, and path of its invocations.</summary>
    public string Name { get; }

    /// <summary>The bindings of its function.json; the first is the trigger.</summary>
    public IReadOnlyList<JsonObject> Bindings { get; }

    /// <summary>The text of its function.json.</summary>
    public JsonObject ToJson() => new() { ["bindings"] = new JsonArray([.. Bindings.Select(b => b.DeepClone())]) };

    // The host's own rule for names; \z, not $, since names become folders.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]{0,126}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidName();
}
