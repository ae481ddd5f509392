using System.CommandLine;
using MlOps.Cli.Output;
using MlOps.Core.Specification.Reading;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops validate</c>: reads a pipeline's file as a run would, and says what is wrong with it.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "A pipeline.yaml." };
        var json = CommandLine.JsonOption();
        var command = new Command("validate", CommandLine.WithExamples(
            "Check a pipeline.yaml; every problem with its line, its key and what to do.", "mlops validate workflows/flight-delay/pipeline.yaml"))
        {
            file, json,
        };
        command.SetAction(parsed => Validate(parsed.GetRequiredValue(file), parsed.GetValue(json)));
        return command;
    }

    private static int Validate(FileInfo file, bool json)
    {
        if (!file.Exists) throw CommandException.BadInput($"There is no file {file.FullName}.");
        try
        {
            var spec = PipelineSpecReader.Read(File.ReadAllBytes(file.FullName), file.ToString());
            if (json) Terminal.WriteJson(new { valid = true, pipeline = spec.Name, problems = Array.Empty<object>() });
            else Terminal.Results.WriteLine($"{file}: pipeline '{spec.Name}' is valid: {spec.Data.Columns.Count} columns, {spec.Features.Inputs.Count} inputs, {spec.Training.Search.Trials} trials, {spec.Gates.Count} gates.");
            return ExitCodes.Done;
        }
        catch (PipelineSpecException error)
        {
            if (json)
                Terminal.WriteJson(new { valid = false, problems = error.Problems.Select(p => new { p.Position.File, p.Position.Line, p.Position.Column, p.Problem, p.Remedy }) });
            else
                Console.Error.WriteLine(error.Message);
            return ExitCodes.BadInput;
        }
    }
}
