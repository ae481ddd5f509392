using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>Yes or no, as a <see cref="bool"/>.</summary>
internal sealed record FlagShape : ValueShape
{
    protected override string Expected => "true or false";

    public override object? Read(YamlNode node, string path, ProblemList problems) => node switch
    {
        YamlText { Quoted: false, Value: "true" } => true,
        YamlText { Quoted: false, Value: "false" } => false,
        // YAML 1.1 had many words for yes and no; here they would be guesses.
        _ => Refuse(node, path, problems),
    };

    public override JsonObject Schema() => new() { ["type"] = "boolean" };
}
