using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A length of time above zero, such as <c>90d</c> or <c>1h30m</c>, as a <see cref="TimeSpan"/>.</summary>
internal sealed partial record DurationShape : ValueShape
{
    /// <summary>A hundred years: beyond it lies a mistake, and the arithmetic of dates ends not far behind.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36_500);

    protected override string Expected => "a length of time: a number with w, d, h, m, s or ms, such as 90d or 1h30m";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return Refuse(node, path, problems, $"Add the unit: {text.Value}d for days, {text.Value}h for hours, {text.Value}m for minutes.");
        if (!TryParse(text.Value, out var duration)) return Refuse(node, path, problems);
        if (duration > TimeSpan.Zero && duration <= s_longest) return duration;
        problems.Add(node.Position, $"'{text.Value}' is no value of '{path}': it must be above 0 and at most {s_longest.Days}d.", "Change it.");
        return null;
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = @"^([0-9]+(\.[0-9]+)?(w|d|h|ms|m|s))+$" };

    /// <summary>Reads a length of time; units may follow one another, each once at most is not asked for.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Duration().Match(text);
        if (!match.Success) return false;
        var seconds = 0.0;
        for (var i = 0; i < match.Groups["number"].Captures.Count; i++)
        {
            var number = double.Parse(match.Groups["number"].Captures[i].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
            seconds += number * SecondsIn(match.Groups["unit"].Captures[i].Value);
        }
        // Beyond the type's range: longer than any caller allows, which is the caller's to say.
        duration = seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static double SecondsIn(string unit) => unit switch
    {
        "w" => 604_800,
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => 0.001,
    };

    [GeneratedRegex(@"^((?<number>[0-9]+(\.[0-9]+)?)(?<unit>w|d|h|ms|m|s))+\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Duration();
}
