using System.Text.Json.Nodes;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A metric's name, as a <see cref="MetricDefinition"/>. Whether it fits the label is checked where the label is known.</summary>
internal sealed record MetricShape : ValueShape
{
    protected override string Expected => "a metric, such as auc";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (MetricCatalog.Find(text.Value) is { } metric) return metric;
        problems.Add(node.Position, $"{node.Kind} is no metric.", NearestName.Advice(text.Value, [.. MetricCatalog.All.Select(m => m.Name)]));
        return null;
    }

    public override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. MetricCatalog.All.Select(m => JsonValue.Create(m.Name))]) };
}
