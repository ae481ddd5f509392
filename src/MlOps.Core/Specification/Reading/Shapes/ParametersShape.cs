using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Training;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>The parameters of somebody's own trainer: names of its own, each with a range, as a dictionary of <see cref="ParameterRange"/>.</summary>
internal sealed record ParametersShape : ValueShape
{
    protected override string Expected => "a mapping from each parameter to its range, such as { layers: 1..4, rate: log(0.001..0.1) }";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlMap map) return Refuse(node, path, problems);
        var ranges = new Dictionary<string, ParameterRange>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            if (key.Value.Length is 0 or > 255) problems.Add(key.Position, $"'{key.Value}' is no name in '{path}': a name has 1 to 255 characters.", "Rename it.");
            else if (new ParameterShape(TrainerParameter.Free(key.Value)).Read(value, $"{path}.{key.Value}", problems) is ParameterRange range) ranges[key.Value] = range;
        }
        return ranges;
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = 255 },
        ["additionalProperties"] = new ParameterShape(TrainerParameter.Free("")).Schema(),
    };
}
