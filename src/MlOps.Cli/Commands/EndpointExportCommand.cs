using System.CommandLine;
using System.IO.Compression;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops endpoints export</c>: an endpoint with the app that serves it, to take elsewhere.</summary>
internal static class EndpointExportCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var folder = new Option<DirectoryInfo>("--out") { Description = "Folder to write; must not exist, or be empty.", Required = true };
        var modelsOnly = new Option<bool>("--models-only") { Description = "Leave the app out: the folder is added to one that has it." };
        var json = CommandLine.JsonOption();
        var command = new Command("export", CommandLine.WithExamples(
            "Write an endpoint, its models and the app that serves them to a folder, for a container or an edge box with the ASP.NET Core runtime.",
            "mlops endpoints export flight-delay --out edge",
            "edge/serve --url http://0.0.0.0:8080"))
        {
            name, folder, modelsOnly, json,
        };
        command.SetAction((parsed, cancellationToken) => ExportAsync(
            parsed.GetRequiredValue(name), parsed.GetRequiredValue(folder), parsed.GetValue(modelsOnly), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ExportAsync(string name, DirectoryInfo folder, bool modelsOnly, bool json, CancellationToken cancellationToken)
    {
        if (folder.Exists && folder.EnumerateFileSystemInfos().Any())
            throw CommandException.BadInput($"{folder.FullName} is not empty: export to a folder of its own, so that nothing of before is served.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var models = Path.Combine(folder.FullName, ServingAppFiles.ModelsFolder);
        var zip = Path.GetTempFileName();
        try
        {
            await plane.DownloadAsync($"api/endpoints/{Uri.EscapeDataString(name)}/package", zip, cancellationToken);
            Directory.CreateDirectory(models);
            await ZipFile.ExtractToDirectoryAsync(zip, models, cancellationToken);
        }
        finally
        {
            File.Delete(zip);
        }

        if (!modelsOnly) ServingAppFiles.WriteTo(folder.FullName);
        if (json)
        {
            Terminal.WriteJson(new { endpoint = name, folder = folder.FullName, models, start = modelsOnly ? null : Path.Combine(folder.FullName, ServingAppFiles.StartScript) });
            return ExitCodes.Done;
        }

        Terminal.Results.MarkupLineInterpolated($"Endpoint {name} is in {folder.FullName}.");
        if (!modelsOnly) Terminal.Results.MarkupLineInterpolated($"Start it with {Path.Combine(folder.FullName, ServingAppFiles.StartScript)}; it listens on the loopback address unless --url says otherwise.");
        return ExitCodes.Done;
    }
}
