using System.CommandLine;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops test</c> and <c>mlops bench</c>: named here for help and completion; the run script at the repository's root does them, since they rebuild this program.</summary>
internal static class DevelopmentCommands
{
    public static Command CreateTest() => Create("test", CommandLine.WithExamples(
        "Run all tests of the repository.", "mlops test", "mlops test --filter PipelineSpec"));

    public static Command CreateBench() => Create("bench", CommandLine.WithExamples(
        "Measure, and print one JSON object.", "mlops bench run --json", "mlops bench serve --json"));

    private static Command Create(string name, string description)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(int (_) => throw CommandException.BadInput($"'{name}' is a command of the repository's run script: ./mlops {name}."));
        return command;
    }
}
