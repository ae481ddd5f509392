using System.Globalization;
using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary><c>any</c>, <c>all</c>, or a number of approvals, as <see cref="QuorumSpec"/>.</summary>
internal sealed record QuorumShape : ValueShape
{
    private const int Most = 100;

    protected override string Expected => $"any, all, or a whole number from 1 to {Most}";

    public override object? Read(YamlNode node, string path, ProblemList problems) => node switch
    {
        YamlText { IsNull: false, Value: "any" } => new QuorumSpec(QuorumRule.Any, 1),
        YamlText { IsNull: false, Value: "all" } => new QuorumSpec(QuorumRule.All, 0),
        YamlText { Quoted: false } text when int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Most =>
            new QuorumSpec(QuorumRule.Number, count),
        _ => Refuse(node, path, problems),
    };

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = new JsonArray("any", "all") },
            new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = Most }),
    };
}
