using System.CommandLine;
using System.Text;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Specification.Reading;
using MlOps.Functions.Api;
using MlOps.Pipelines.Datasets;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets infer</c>: rules that a good version keeps, written into <c>pipeline.yaml</c> for a person to review.</summary>
internal static class DatasetInferCommand
{
    public static Command Create()
    {
        var (name, json) = (DatasetsCommand.NameArgument(), CommandLine.JsonOption());
        var version = new Argument<string?>("version") { Description = "The version's first digits, or a tag. Default: the newest that may be trained on.", Arity = ArgumentArity.ZeroOrOne };
        var print = new Option<bool>("--print") { Description = "Only print what would change." };
        var command = new Command("infer", CommandLine.WithExamples(
            "Add rules that a version keeps to the columns and checks in pipeline.yaml, for review. What stands there stays, comments too.",
            "mlops datasets infer flight-delay", "mlops datasets infer flight-delay 3f2a9c --print"))
        {
            name, version, print, json,
        };
        command.SetAction((parsed, cancellationToken) => InferAsync(
            parsed.GetRequiredValue(name), parsed.GetValue(version), parsed.GetValue(print), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> InferAsync(string name, string? version, bool print, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var baseline = version ?? await NewestAsync(plane, name, cancellationToken);
        var rules = await plane.GetAsync<InferredRules>($"{DatasetsCommand.PathOf(name, baseline)}/rules", cancellationToken);
        var file = print || rules.Diff.Length is 0 ? null : Write(name, rules);
        if (json) Terminal.WriteJson(new { rules.Version, rules.Diff, file });
        else if (rules.Diff.Length is 0) Terminal.Results.WriteLine($"{name} has a rule already wherever {name}@{rules.Version[..12]} suggests one.");
        else WriteDiff(rules, file);
        return ExitCodes.Done;
    }

    private static void WriteDiff(InferredRules rules, string? file)
    {
        Terminal.Results.Write(new Text(rules.Diff));
        if (file is not null) Terminal.Results.WriteLine($"{file} has these rules now; review them before the next run.");
    }

    private static async Task<string> NewestAsync(ControlPlane plane, string name, CancellationToken cancellationToken)
    {
        var versions = await plane.GetAsync<Page<DatasetDetails>>($"api/datasets/{Uri.EscapeDataString(name)}/versions?take=1000", cancellationToken);
        return versions.Items.FirstOrDefault(v => v.Dataset.IsUsable)?.Dataset.Version
            ?? throw CommandException.BadInput($"Dataset '{name}' has no version that may be trained on. 'mlops datasets log {name}' lists those there are.");
    }

    private static string Write(string name, InferredRules rules)
    {
        var path = Path.Combine(Installation.Repository, "workflows", name, "pipeline.yaml");
        if (!File.Exists(path)) throw CommandException.BadInput($"There is no file {path}. 'mlops datasets infer {name} --print' prints what would change.");
        // As bytes, so that a byte-order mark stays.
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        if (text.TrimStart('\uFEFF') != rules.Before)
            throw CommandException.BadInput($"{path} is not the file that the host goes by, or was changed in between: it was left as it is. Try again, or add by hand what --print shows.");
        var edited = Encoding.UTF8.GetBytes(text[..^rules.Before.Length] + rules.After);
        try
        {
            PipelineSpecReader.Read(edited, path);
        }
        catch (PipelineSpecException error)
        {
            throw CommandException.BadInput($"The file was left as it is, since it could not be read afterwards. {error.Message}");
        }

        var unfinished = path + ".part";
        File.WriteAllBytes(unfinished, edited);
        File.Move(unfinished, path, overwrite: true);
        return path;
    }
}
