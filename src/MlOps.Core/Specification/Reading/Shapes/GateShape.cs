using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>
/// A condition on a candidate, as a <see cref="GateSpec"/>:
/// <c>metric (&gt;= | &lt;= | &gt; | &lt;) (number [unit] | champion.metric [(+ | -) number [unit]]) [with percent confidence]</c>.
/// </summary>
internal sealed partial record GateShape : ValueShape
{
    private static readonly IReadOnlyList<string> s_names = [.. MetricCatalog.All.Select(m => m.Name), .. LatencyMetrics.All];

    protected override string Expected => "a condition, such as auc >= 0.65, auc >= champion.auc - 0.002 or latencyP99 <= 2ms";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (Gate().Match(text.Value) is not { Success: true } match) return Refuse(node, path, problems);

        var metric = match.Groups["metric"].Value;
        var champion = match.Groups["champion"] is { Success: true } group ? group.Value : null;
        foreach (var name in new[] { metric, champion ?? metric }.Distinct(StringComparer.Ordinal).Where(n => !s_names.Contains(n, StringComparer.Ordinal)))
        {
            problems.Add(node.Position, $"'{name}' in the gate '{text.Value}' is no metric.", NearestName.Advice(name, s_names));
            return null;
        }
        var isLatency = LatencyMetrics.All.Contains(metric, StringComparer.Ordinal);
        if (champion is not null && champion != metric && !(isLatency && LatencyMetrics.All.Contains(champion, StringComparer.Ordinal)))
        {
            problems.Add(node.Position, $"the gate '{text.Value}' compares {metric} with the champion's {champion}.", $"Compare like with like: champion.{metric}.");
            return null;
        }
        if (ReadNumber(match, isLatency, text, path, problems) is not { } number) return null;
        if (match.Groups["confidence"].Success && Complaint(match, isLatency) is var (problem, remedy))
        {
            problems.Add(node.Position, $"the gate '{text.Value}' {problem}.", remedy);
            return null;
        }
        if (!isLatency && champion is null && MetricCatalog.Find(metric) is { } definition && (number < definition.Min || number > definition.Max))
        {
            problems.Add(node.Position, $"the gate '{text.Value}' compares with {number}, but {metric} lies between {definition.Min} and {definition.Max}.", "Compare with a number that the metric can have.");
            return null;
        }
        return new GateSpec
        {
            Text = text.Value.Trim(),
            Metric = metric,
            Comparison = GateComparisonRules.Of(match.Groups["comparison"].Value),
            ChampionMetric = champion,
            Constant = match.Groups["sign"].Value is "-" ? -number : number,
            Confidence = match.Groups["confidence"] is { Success: true, ValueSpan: var percent } ? double.Parse(percent, CultureInfo.InvariantCulture) / 100 : null,
        };
    }

    // A paired test needs both models' answers for each row, and more confidence than its resamples can show is none.
    private static (string Problem, string Remedy)? Complaint(Match match, bool isLatency)
    {
        if (isLatency) return ("asks for confidence in a latency, which is not measured row by row", "Leave the confidence out.");
        if (!match.Groups["champion"].Success) return ("asks for confidence in a comparison with a number", $"Compare with champion.{match.Groups["metric"].Value}, or leave the confidence out.");
        return double.Parse(match.Groups["confidence"].ValueSpan, CultureInfo.InvariantCulture) is > 50 and <= 99
            ? null
            : ($"asks for a confidence of {match.Groups["confidence"].Value}%", "Write more than 50% and at most 99%, such as 95%.");
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["pattern"] = $@"^\s*({string.Join('|', s_names)})\s*({GateComparisonRules.Signs})\s*(champion\.({string.Join('|', s_names)})\s*([+-]\s*[0-9.]+([eE][+-]?[0-9]+)?\s*(us|ms|s)?)?(\s+with\s+[0-9.]+\s*%\s+confidence)?|-?[0-9.]+([eE][+-]?[0-9]+)?\s*(us|ms|s)?)\s*$",
        ["examples"] = new JsonArray("auc >= 0.65", "auc >= champion.auc - 0.002", "auc > champion.auc with 95% confidence", "latencyP99 <= 2ms"),
    };

    private static double? ReadNumber(Match match, bool isLatency, YamlText text, string path, ProblemList problems)
    {
        if (!match.Groups["number"].Success) return 0;
        var number = double.Parse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        var unit = match.Groups["unit"].Value;
        if (isLatency == unit.Length > 0)
            return unit switch { "s" => number * 1000, "us" => number / 1000, _ => number };
        if (isLatency) problems.Add(text.Position, $"the gate '{text.Value}' gives a time without its unit.", $"Write {match.Groups["number"].Value}ms, or use us or s.");
        else problems.Add(text.Position, $"the gate '{text.Value}' gives {path} a number with the unit '{unit}', but the metric has none.", "Remove the unit.");
        return null;
    }

    [GeneratedRegex(@"^\s*(?<metric>[A-Za-z][A-Za-z0-9]*)\s*(?<comparison>" + GateComparisonRules.Signs + @")\s*(champion\.(?<champion>[A-Za-z][A-Za-z0-9]*)(\s*(?<sign>[+-])\s*(?<number>[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<unit>us|ms|s)?)?|(?<number>-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<unit>us|ms|s)?)(\s+with\s+(?<confidence>[0-9]{1,3}(\.[0-9]+)?)\s*%\s+confidence)?\s*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Gate();
}
