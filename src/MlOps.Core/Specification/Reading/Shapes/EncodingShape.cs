using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>The name of an encoding that .NET knows.</summary>
internal sealed record EncodingShape : ValueShape
{
    protected override string Expected => "the name of an encoding, such as utf-8, windows-1252 or iso-8859-1";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        return TextEncodings.TryGet(text.Value) is not null ? text.Value : Refuse(node, path, problems);
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["minLength"] = 1 };
}
