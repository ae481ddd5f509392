using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MlOps.Cli.Commands;

/// <summary>What several commands share.</summary>
internal static class CommandLine
{
    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object on standard output, and nothing else there." };

    /// <summary>A point in time; without a zone it is UTC, wherever the command runs.</summary>
    public static Option<DateTimeOffset?> TimeOption(string name, string description) => new(name) { Description = description, CustomParser = ParseTime };

    private static DateTimeOffset? ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) return time;
        result.AddError($"'{text}' is no time; write 2001-03-01 or 2001-03-01T06:00:00Z.");
        return null;
    }

    public static Argument<string> PipelineArgument() => new("pipeline")
    {
        Description = "Name of a folder in workflows/.",
        CompletionSources = { _ => PipelineNames().Select(n => new System.CommandLine.Completions.CompletionItem(n)) },
    };

    private static IEnumerable<string> PipelineNames()
    {
        var folder = Path.Combine(Connection.Installation.Repository, "workflows");
        return Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Select(f => Path.GetFileName(f)!) : [];
    }

    /// <summary>Adds examples below a command's description: what people copy first.</summary>
    public static string WithExamples(string description, params string[] examples) =>
        description + "\n\nExamples:\n" + string.Join('\n', examples.Select(e => "  " + e));
}
