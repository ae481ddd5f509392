using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads what is measured, and the conditions on it.</summary>
internal static class EvaluationReader
{
    public static EvaluationSpec Read(Fields? fields, IReadOnlyList<ColumnSpec>? columns, FeaturesSpec features, MetricFit metrics, ProblemList problems)
    {
        var measured = fields?.FindList("metrics") ?? [];
        foreach (var item in measured) metrics.Require((MetricDefinition)item.Value, "evaluation.metrics", item.Position);
        var slices = fields?.FindList("slices") ?? [];
        if (columns is not null)
        {
            List<string> names = [.. columns.Select(c => c.Name).Union(features.Inputs.Select(i => i.Name), StringComparer.Ordinal)];
            foreach (var slice in slices.Where(s => !names.Contains((string)s.Value, StringComparer.Ordinal)))
                problems.Add(slice.Position, $"'{slice.Value}' in 'evaluation.slices' is neither a declared column nor an input.", NearestName.Advice((string)slice.Value, names));
        }
        return new EvaluationSpec
        {
            Metrics = [.. measured.Select(m => ((MetricDefinition)m.Value).Name)],
            Slices = [.. slices.Select(s => (string)s.Value)],
        };
    }

    public static IReadOnlyList<GateSpec> ReadGates(IReadOnlyList<Item>? items, EvaluationSpec evaluation, MetricFit metrics, ProblemList problems)
    {
        foreach (var (value, position) in items ?? [])
        {
            var gate = (GateSpec)value;
            if (MetricCatalog.Find(gate.Metric) is not { } metric) continue;
            metrics.Require(metric, "gates", position);
            if (evaluation.Metrics.Count > 0 && !evaluation.Metrics.Contains(metric.Name, StringComparer.Ordinal))
                problems.Add(position, $"the gate '{gate.Text}' needs {metric.Name}, which 'evaluation.metrics' does not have.", "Add it there, or remove that list to measure everything.");
        }
        return [.. (items ?? []).Select(i => (GateSpec)i.Value)];
    }
}
