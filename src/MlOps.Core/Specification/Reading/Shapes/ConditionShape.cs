using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Releases;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>
/// A condition on a version while it takes traffic, as a <see cref="ReleaseCondition"/>:
/// <c>metric (&gt;= | &lt;= | &gt; | &lt;) (number [unit] | champion.metric [(+ | - | *) number [unit]])</c>.
/// </summary>
internal sealed partial record ConditionShape : ValueShape
{
    protected override string Expected => "a condition, such as errorRate <= 1%, latencyP99 <= champion.latencyP99 * 1.2 or reported.conversion >= 0.1";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text || Condition().Match(text.Value) is not { Success: true } match) return Refuse(node, path, problems);
        var metric = match.Groups["metric"].Value;
        var champion = match.Groups["champion"] is { Success: true } group ? group.Value : null;
        if (!IsMetric(metric, text, problems) || (champion is not null && !IsComparable(metric, champion, text, problems))) return null;
        if (ReadNumber(match, metric, text, problems) is not { } number) return null;
        var isFactor = match.Groups["sign"].Value is "*";
        return new ReleaseCondition
        {
            Text = text.Value.Trim(),
            Metric = metric,
            Comparison = GateComparisonRules.Of(match.Groups["comparison"].Value),
            ChampionMetric = champion,
            Factor = isFactor ? number : 1,
            Constant = isFactor ? 0 : match.Groups["sign"].Value is "-" ? -number : number,
        };
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["pattern"] = $@"^\s*({string.Join('|', ReleaseMetrics.All)}|reported\.[A-Za-z][A-Za-z0-9_-]*)\s*({GateComparisonRules.Signs})\s*\S.*$",
        ["examples"] = new JsonArray("errorRate <= 1%", "latencyP99 <= champion.latencyP99 * 1.2", "predictionDrift <= 0.2", "reported.conversion >= champion.reported.conversion - 0.01"),
    };

    private static bool IsMetric(string name, YamlText text, ProblemList problems)
    {
        if (ReleaseMetrics.All.Contains(name, StringComparer.Ordinal) || name.StartsWith(ReleaseMetrics.ReportedPrefix, StringComparison.Ordinal)) return true;
        problems.Add(text.Position, $"'{name}' in the condition '{text.Value}' is no metric of a release.", $"{NearestName.Advice(name, ReleaseMetrics.All)} What applications report is reported.<name>.");
        return false;
    }

    private static bool IsComparable(string metric, string champion, YamlText text, ProblemList problems)
    {
        if (!IsMetric(champion, text, problems)) return false;
        if (metric != champion)
            problems.Add(text.Position, $"the condition '{text.Value}' compares {metric} with the champion's {champion}.", $"Compare like with like: champion.{metric}.");
        else if (ReleaseMetrics.Relative.Contains(metric, StringComparer.Ordinal))
            problems.Add(text.Position, $"the condition '{text.Value}' asks for the champion's {metric}, which compares with the champion by itself.", "Compare it with a number.");
        else return true;
        return false;
    }

    private static double? ReadNumber(Match match, string metric, YamlText text, ProblemList problems)
    {
        if (!match.Groups["number"].Success) return 0;
        var number = double.Parse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        var unit = match.Groups["unit"].Value;
        var isTime = ReleaseMetrics.Times.Contains(metric, StringComparer.Ordinal) && match.Groups["sign"].Value is not "*";
        if (isTime != unit is "us" or "ms" or "s")
        {
            problems.Add(text.Position, $"the condition '{text.Value}' gives a number the unit '{unit}' where {(isTime ? "a time needs us, ms or s" : "no time is meant")}.", isTime ? $"Write {match.Groups["number"].Value}ms." : "Remove the unit.");
            return null;
        }

        return unit switch { "s" => number * 1000, "us" => number / 1000, "%" => number / 100, _ => number };
    }

    [GeneratedRegex(@"^\s*(?<metric>[A-Za-z][A-Za-z0-9._-]*)\s*(?<comparison>" + GateComparisonRules.Signs + @")\s*(champion\.(?<champion>[A-Za-z][A-Za-z0-9._-]*)(\s+(?<sign>[+*-])\s*(?<number>[0-9]+(\.[0-9]+)?)\s*(?<unit>us|ms|s|%)?)?|(?<number>-?[0-9]+(\.[0-9]+)?)\s*(?<unit>us|ms|s|%)?)\s*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Condition();
}
