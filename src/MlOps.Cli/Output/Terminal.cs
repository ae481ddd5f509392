using System.Text.Json;
using MlOps.Core.Json;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>What goes where: results to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    /// <summary>Progress, questions and errors.</summary>
    public static IAnsiConsole Progress { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Results for people.</summary>
    public static IAnsiConsole Results { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });

    /// <summary>Whether a person sits there: can read progress as it changes and can answer.</summary>
    public static bool IsInteractive => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Writes the one JSON object of a command.</summary>
    public static void WriteJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, MlOpsJson.Indented));

    public static void WriteError(string message) => Console.Error.WriteLine($"mlops: {message}");
}
