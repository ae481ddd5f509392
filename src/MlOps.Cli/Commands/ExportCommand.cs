using System.CommandLine;
using MlOps.Cli.Bundles;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Functions.Api;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops export</c>: what the storage holds, as a bundle.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("path") { Description = "A file that ends in .tar, or a folder. It must not exist yet." };
        var parts = new Option<string[]>("--parts") { Description = "datasets, models, runs, audit; all by default.", AllowMultipleArgumentsPerToken = true };
        var pipelines = new Option<string[]>("--pipeline") { Description = "Only this pipeline's models and datasets, with their runs; may be given several times." };
        var reason = new Option<string>("--reason") { Description = "Why, for the audit log.", DefaultValueFactory = _ => "Exported with 'mlops export'." };
        var json = CommandLine.JsonOption();
        var command = new Command("export", CommandLine.WithExamples(
            "Write models, datasets, the runs they come from and the audit log into a bundle that 'mlops import' brings into another storage.",
            "mlops export all.tar",
            "mlops export flight-delay/ --pipeline flight-delay --parts models datasets runs --json"))
        {
            target, parts, pipelines, reason, json,
        };
        command.SetAction((parsed, cancellationToken) => ExportAsync(
            parsed.GetRequiredValue(target),
            new ExportRequest(parsed.GetValue(parts), parsed.GetValue(pipelines), parsed.GetValue(reason)),
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExportAsync(string path, ExportRequest request, bool json, CancellationToken cancellationToken)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.Exists(target)) throw CommandException.BadInput($"{target} exists already. Remove it, or give the bundle another name.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        using var files = new BundleFiles(target);
        await plane.DownloadAsync("api/export", request, files.Archive, cancellationToken);
        var bundle = await files.PublishAsync(cancellationToken);
        if (json)
        {
            Terminal.WriteJson(new
            {
                path = target,
                bundle.Source,
                bundle.CreatedAt,
                parts = bundle.Parts.Select(p => new { p.Name, files = p.Files.Count, bytes = p.Files.Sum(f => f.Bytes), p.Sha256 }),
            });
            return ExitCodes.Done;
        }
        foreach (var part in bundle.Parts) Terminal.Results.Profile.Out.Writer.WriteLine($"{part.Name,-10} {part.Files.Count,6} files  {part.Files.Sum(f => f.Bytes),14:N0} bytes  sha256 {part.Sha256}");
        Terminal.Results.Profile.Out.Writer.WriteLine(target);
        return ExitCodes.Done;
    }
}
