using System.CommandLine;

namespace MlOps.Cli.Commands;

/// <summary>What several commands share.</summary>
internal static class CommandLine
{
    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object on standard output, and nothing else there." };

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
