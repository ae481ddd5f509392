using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;
using NCrontab;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>An NCRONTAB expression with seconds, as text: the format of Azure Functions' timers.</summary>
internal sealed record CronShape : ValueShape
{
    // 29 February comes at least once in eight years; what does not fall into forty never will.
    private static readonly DateTime s_from = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime s_to = s_from.AddYears(40);

    protected override string Expected => "six fields: second, minute, hour, day, month, day of week, such as \"0 0 6 * * MON\"";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        var fields = text.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields is 5) return Refuse(node, path, problems, $"Put the seconds in front: \"0 {text.Value}\".");
        if (CrontabSchedule.TryParse(text.Value, new CrontabSchedule.ParseOptions { IncludingSeconds = true }) is not { } schedule)
            return Refuse(node, path, problems);
        if (schedule.GetNextOccurrence(s_from, s_to) < s_to) return text.Value;
        problems.Add(node.Position, $"'{text.Value}' is a schedule that never comes.", "Choose a day that its months have.");
        return null;
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = @"^\s*(\S+\s+){5}\S+\s*$" };
}
