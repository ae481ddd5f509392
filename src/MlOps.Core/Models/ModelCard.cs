using System.Globalization;
using System.Text;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Core.Text;

namespace MlOps.Core.Models;

/// <summary>
/// <c>card.md</c> of a model version: what people should know before they use it. The sections are those of Mitchell et al., Model
/// Cards for Model Reporting (2019), as far as records can fill them; nothing in it is a judgement of ours.
/// </summary>
public static class ModelCard
{
    private const int MaxSlices = 20;

    /// <summary>Writes the card: Markdown with tables, the same text for the same facts.</summary>
    public static string Write(ModelCardFacts facts)
    {
        var card = new StringBuilder();
        var model = facts.Model;
        card.Append(CultureInfo.InvariantCulture, $"# Model card: {Markdown.Text(model.Name)}, version {model.Version}\n\n");
        if (facts.Pipeline.Description.Length > 0) card.Append(CultureInfo.InvariantCulture, $"{Markdown.Text(facts.Pipeline.Description)}\n\n");
        WriteDetails(card, facts);
        WriteUse(card, facts);
        WriteData(card, facts);
        WriteMetrics(card, facts);
        WriteSlices(card, facts.Evaluation);
        WriteImportance(card, facts);
        WriteGates(card, facts.Gates);
        WriteLimits(card, facts);
        return card.ToString();
    }

    private static void WriteDetails(StringBuilder card, ModelCardFacts facts)
    {
        var parameters = string.Join(", ", facts.Trial.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} {p.Value}"));
        card.Append("## Details\n\n");
        Markdown.Table(card, ["", ""],
        [
            ["made", $"{facts.Model.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, by run {facts.Model.RunId}, trial {facts.Trial.Trial}"],
            ["answered for by", facts.Pipeline.Owner.Length > 0 ? facts.Pipeline.Owner : "nobody is named: add 'owner' to the pipeline"],
            ["trained with", $"{facts.Trial.Trainer}{(parameters.Length > 0 ? $": {parameters}" : "")}; {facts.Training.Rounds} rounds"],
            ["file", $"model.onnx, SHA-256 {facts.Model.Sha256}"],
            ["package", $"SHA256SUMS, SHA-256 {facts.Model.Package}: it lists every file that is released with the graph"],
        ]);
    }

    private static void WriteUse(StringBuilder card, ModelCardFacts facts)
    {
        card.Append("## Intended use\n\n").Append(facts.Signature.Task switch
        {
            LearningTask.Binary => $"Answers the probability that '{Label(facts)}' is true.",
            LearningTask.Multiclass => $"Answers a probability for each '{Label(facts)}': {Markdown.Text(string.Join(", ", facts.Signature.Classes))}.",
            _ => $"Answers a number: '{Label(facts)}'.",
        });
        card.Append(" It was made for rows like those that the pipeline declares; for others nothing is known of it:\n\n");
        Markdown.Table(card, ["column", "type", "rule"], facts.Pipeline.Data.Columns.Select(c => (string[])[c.Name, $"{c.Type}".ToLowerInvariant(), Rule(c)]));
        card.Append("From these it computes:\n\n");
        Markdown.Table(card, ["input", "from", "kind"], facts.Signature.Inputs.Select(i => (string[])[i.Name, i.Sql, i.Kind is FeatureKind.Number ? "number" : "category"]));
        card.Append(facts.EngineReason is { } reason
            ? $"For prediction requests DuckDB computes these, since {Markdown.Text(reason)} is not compiled.\n\n"
            : "For prediction requests these are compiled; in training DuckDB computes them, with the same result.\n\n");
    }

    private static void WriteData(StringBuilder card, ModelCardFacts facts)
    {
        card.Append("## Data\n\n");
        Markdown.Table(card, ["dataset version", "rows", "quarantined", "from", "to"], facts.Datasets.Select(d => (string[])
        [
            d.Version, Count(d.Rows), d.Quarantined is { } q ? Count(q) : "not validated", Date(d.MinTime), Date(d.MaxTime),
        ]));
        var split = facts.Pipeline.Features.Split.By is SplitMethod.Time ? "by time, the newest rows to test" : "at random";
        card.Append(CultureInfo.InvariantCulture,
            $"Trained on {Count(facts.Training.TrainRows)} rows, chosen on {Count(facts.Training.ValidationRows)}, tested on {Count(facts.Evaluation.Rows)} that neither saw; divided {split}.\n\n");
    }

    private static void WriteMetrics(StringBuilder card, ModelCardFacts facts)
    {
        var report = facts.Evaluation;
        card.Append("## Metrics on the test part\n\n");
        Markdown.Table(card, ["metric", "value", "95 % interval", "better is"], report.Metrics.Select(m => (string[])
        [
            m.Key, Number(m.Value), report.Intervals.TryGetValue(m.Key, out var i) ? $"{Number(i.Low)} to {Number(i.High)}" : "",
            MetricCatalog.Find(m.Key) is { } known ? known.MoreIsBetter ? "more" : "less" : "",
        ]));
        if (report.LatencyP50 > 0) card.Append(CultureInfo.InvariantCulture, $"One row takes {Number(report.LatencyP50)} ms (median), {Number(report.LatencyP99)} ms (99th percentile), features not included.\n\n");
        if (report.Confusion is { } confusion)
        {
            card.Append(facts.Signature.Task is LearningTask.Binary ? "Predicted against actual, at probability 0.5:\n\n" : "Predicted against actual:\n\n");
            Markdown.Table(card, ["actual", .. confusion.Classes], confusion.Classes.Select((name, c) => (string[])[name, .. confusion.Counts[c].Select(Count)]));
        }
        if (report.Calibration.Count == 0) return;
        card.Append("How often it happens when the model says so (calibration):\n\n");
        Markdown.Table(card, ["predicted", "rows", "mean prediction", "observed share"], report.Calibration.Select(b => (string[])
            [$"{Number(b.Low)} to {Number(b.High)}", Count(b.Rows), Number(b.MeanPrediction), Number(b.PositiveShare)]));
    }

    private static void WriteSlices(StringBuilder card, EvaluationReport report)
    {
        if (report.Slices.Count == 0) return;
        var names = report.Metrics.Keys.ToList();
        card.Append("## Metrics by part\n\n");
        Markdown.Table(card, ["by", "value", "rows", .. names], report.Slices.GroupBy(s => s.Slice, StringComparer.Ordinal).SelectMany(g => g.Take(MaxSlices)).Select(s => (string[])
            [s.Slice, s.Value.Length > 0 ? s.Value : "(missing)", Count(s.Rows), .. names.Select(n => s.Metrics.TryGetValue(n, out var value) ? Number(value) : "")]));
        card.Append(CultureInfo.InvariantCulture, $"At most {MaxSlices} values of each, those with the most rows; all of them are in metrics.json.\n\n");
    }

    private static void WriteImportance(StringBuilder card, ModelCardFacts facts)
    {
        if (facts.Training.Importance.Count == 0) return;
        card.Append("## What it looks at\n\n");
        Markdown.Table(card, ["input", "share of the gain"], facts.Training.Importance.OrderByDescending(i => i.Value).Select(i => (string[])[i.Key, Number(i.Value)]));
        card.Append("What a model looks at is not what causes the outcome; of inputs that tell the same, one may get all the credit.\n\n");
    }

    private static void WriteGates(StringBuilder card, GateReport gates)
    {
        if (gates.Gates.Count == 0) return;
        card.Append("## Gates\n\n");
        Markdown.Table(card, ["condition", "", "in numbers"], gates.Gates.Select(g => (string[])[g.Text, g.Passed ? "passed" : "failed", g.Detail]));
    }

    private static void WriteLimits(StringBuilder card, ModelCardFacts facts)
    {
        card.Append("## Limits\n\n");
        foreach (var limit in ModelLimits.Of(facts)) card.Append(CultureInfo.InvariantCulture, $"- {Markdown.Text(limit)}\n");
    }

    private static string Rule(ColumnSpec column)
    {
        var rules = new List<string>();
        if (column.Required) rules.Add("required");
        if (column.Min is { } min) rules.Add($"at least {Number(min)}");
        if (column.Max is { } max) rules.Add($"at most {Number(max)}");
        if (column.Values is { } values) rules.Add($"one of {string.Join(", ", values)}");
        if (column.Pattern is { } pattern) rules.Add($"matches {pattern}");
        return string.Join(", ", rules);
    }

    private static string Label(ModelCardFacts facts) => Markdown.Text(facts.Pipeline.Features.Label.Name);

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Date(DateTime? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}
