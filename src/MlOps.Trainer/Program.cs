using System.CommandLine;
using MlOps.Trainer;
using MlOps.Trainer.XGBoost.Native;

var spec = new Option<FileInfo>("--spec") { Description = "The trial: spec.json.", Required = true };
var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with train.parquet and validation.parquet. Default: the folder of spec.json." };
var output = new Option<DirectoryInfo>("--out") { Description = "Folder for model.onnx, signature.json and, last, metrics.json.", Required = true };
var progress = new Option<FileInfo?>("--progress") { Description = "File that always holds the newest round, for readers that do not see standard output." };
var exitWithStdin = new Option<bool>("--exit-with-stdin") { Description = "End as soon as standard input ends: whoever holds its other end is gone." };
var command = new RootCommand(
    "Trains one trial with XGBoost and leaves an ONNX model. Progress: JSON lines on standard output. " +
    "Exit code: 0 done, 1 training failed, 2 arguments, spec.json or data cannot be used.")
{
    spec, data, output, progress, exitWithStdin,
};
command.SetAction(arguments =>
{
    if (arguments.GetValue(exitWithStdin)) ParentWatch.Start();
    var specPath = arguments.GetRequiredValue(spec).FullName;
    var dataFolder = arguments.GetValue(data)?.FullName ?? Path.GetDirectoryName(specPath)!;
    try
    {
        using var metrics = MlflowMetrics.FromEnvironment(TimeProvider.System, Console.Error);
        var file = arguments.GetValue(progress) is { } place ? new ProgressFile(place.FullName, TimeProvider.System) : null;
        TrainCommand.Run(specPath, dataFolder, arguments.GetRequiredValue(output).FullName, new TrainingProgress(Console.Out, file, metrics));
        return 0;
    }
    catch (TrainerInputException e)
    {
        Console.Error.WriteLine($"mlops-trainer: {e.Message}");
        return 2;
    }
    catch (XGBoostMissingException e)
    {
        Console.Error.WriteLine($"mlops-trainer: {e.Message}");
        return 1;
    }
    catch (Exception e)
    {
        // The last lines are kept with the failed trial: here the trace is what a person needs.
        Console.Error.WriteLine($"mlops-trainer: training failed: {e}");
        return 1;
    }
});

var parsed = command.Parse(args);
var exitCode = parsed.Invoke();
return parsed.Errors.Count > 0 ? 2 : exitCode;
