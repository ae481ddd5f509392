using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A regular expression in the part that RE2 and .NET's linear-time engine share: no look-around, no back-references.</summary>
internal sealed record PatternShape : ValueShape
{
    protected override string Expected => "a regular expression";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        try
        {
            // Parsed for its errors only; the data engine runs the expression.
            _ = new Regex(text.Value, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return text.Value;
        }
        catch (ArgumentException e)
        {
            problems.Add(node.Position, $"{node.Kind} is no regular expression for '{path}': {e.Message.TrimEnd('.')}.", "Mend it; in YAML, single quotes keep backslashes as they are.");
        }
        catch (NotSupportedException)
        {
            problems.Add(node.Position, $"{node.Kind} in '{path}' looks around, refers back or is too large, which cannot run in linear time.", "Rewrite it without these.");
        }
        return null;
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["minLength"] = 1 };
}
