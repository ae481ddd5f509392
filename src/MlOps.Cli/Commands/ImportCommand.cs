using System.CommandLine;
using MlOps.Cli.Bundles;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Storage.Migration;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops import</c>: brings a bundle into the storage.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("path") { Description = "A bundle: the .tar file or the folder that 'mlops export' wrote." };
        var existing = new Option<string>("--existing") { Description = "What is done with what is there already and differs: refuse (nothing is imported), keep, replace.", DefaultValueFactory = _ => "refuse" };
        existing.AcceptOnlyFromAmong("refuse", "keep", "replace");
        var reason = new Option<string>("--reason") { Description = "Why, for the audit log.", DefaultValueFactory = _ => "Imported with 'mlops import'." };
        var json = CommandLine.JsonOption();
        var command = new Command("import", CommandLine.WithExamples(
            "Bring a bundle into the storage. It is checked as a whole before anything is written, and read again afterwards; stopped in between, it goes on when started again.",
            "mlops import all.tar",
            "Storage__Account=mymlops mlops import flight-delay/ --existing keep --json"))
        {
            source, existing, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => ImportAsync(
            parsed.GetRequiredValue(source), parsed.GetRequiredValue(existing), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ImportAsync(string path, string existing, string reason, bool json, CancellationToken cancellationToken)
    {
        using var files = new BundleFiles(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        var archive = await files.PackAsync(cancellationToken);
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var result = await plane.PostFileAsync<ImportResult>(
            $"api/import?existing={existing}&reason={Uri.EscapeDataString(reason)}", archive, cancellationToken);
        if (json)
        {
            Terminal.WriteJson(result);
            return ExitCodes.Done;
        }
        foreach (var part in result.Parts)
            Terminal.Results.Profile.Out.Writer.WriteLine($"{part.Name,-10} {part.Written,6} written  {part.AlreadyThere,6} already there  {part.Kept,4} kept  {part.Replaced,4} replaced  sha256 {part.Sha256}");
        if (result.Audit is { } log) Terminal.Results.Profile.Out.Writer.WriteLine($"audit log  {log}");
        return ExitCodes.Done;
    }
}
