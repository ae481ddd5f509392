using System.CommandLine;
using System.Text;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets infer</c>: rules that a good version keeps, written into <c>pipeline.yaml</c> for a person to review.</summary>
internal static class DatasetInferCommand
{
    public static Command Create()
    {
        var (name, json) = (DatasetsCommand.NameArgument(), CommandLine.JsonOption());
        var version = new Argument<string?>("version") { Description = "The version's first digits, or a tag. Default: the newest that may be trained on.", Arity = ArgumentArity.ZeroOrOne };
        var print = new Option<bool>("--print") { Description = "Only print the section." };
        var command = new Command("infer", CommandLine.WithExamples(
            "Write rules that a version keeps into the section 'data' of pipeline.yaml, for review; the rest of the file stays as it is.",
            "mlops datasets infer flight-delay && git diff workflows", "mlops datasets infer flight-delay 3f2a9c --print"))
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
        var file = print ? null : Write(name, rules.Data);
        if (json) Terminal.WriteJson(new { rules.Version, rules.Data, file });
        else Terminal.Results.WriteLine(file is null ? rules.Data : $"{file}: the section 'data' has the rules that {name}@{rules.Version[..12]} keeps; review it before the next run.");
        return ExitCodes.Done;
    }

    private static async Task<string> NewestAsync(ControlPlane plane, string name, CancellationToken cancellationToken)
    {
        var versions = await plane.GetAsync<Page<DatasetDetails>>($"api/datasets/{Uri.EscapeDataString(name)}/versions?take=1000", cancellationToken);
        return versions.Items.FirstOrDefault(v => v.Dataset.IsUsable)?.Dataset.Version
            ?? throw CommandException.BadInput($"Dataset '{name}' has no version that may be trained on. 'mlops datasets log {name}' lists those there are.");
    }

    private static string Write(string name, string section)
    {
        var path = Path.Combine(Installation.Repository, "workflows", name, "pipeline.yaml");
        if (!File.Exists(path)) throw CommandException.BadInput($"There is no file {path}. 'mlops datasets infer {name} --print' prints the section.");
        // As bytes, so that a byte-order mark stays.
        var text = DataSection.Replace(Encoding.UTF8.GetString(File.ReadAllBytes(path)), section);
        try
        {
            PipelineSpecReader.Read(Encoding.UTF8.GetBytes(text), path);
        }
        catch (PipelineSpecException error)
        {
            throw CommandException.BadInput($"The file was left as it is, since it could not be read afterwards. {error.Message}");
        }

        var unfinished = path + ".part";
        File.WriteAllBytes(unfinished, Encoding.UTF8.GetBytes(text));
        File.Move(unfinished, path, overwrite: true);
        return path;
    }
}
