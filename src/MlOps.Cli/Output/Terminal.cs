using System.Text.Json;
using MlOps.Core.Json;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>What goes where: results to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    private const int RedirectedWidth = 300;

    /// <summary>Progress, questions and errors.</summary>
    public static IAnsiConsole Progress { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Results for people.</summary>
    public static IAnsiConsole Results { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Whether a person sits there: can read progress as it changes and can answer.</summary>
    public static bool IsInteractive => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Writes the one JSON object of a command.</summary>
    public static void WriteJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, MlOpsJson.Indented));

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        // A file or a pipe has no width: what stands in one row stays in one line.
        if (redirected) console.Profile.Width = RedirectedWidth;
        return console;
    }

    public static void WriteError(string message) => Console.Error.WriteLine($"mlops: {message}");
}
