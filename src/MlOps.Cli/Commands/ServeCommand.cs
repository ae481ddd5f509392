using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using MlOps.Cli.Output;
using MlOps.Serving.Hosting;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops serve</c>: predictions alone, without pipelines.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var models = new Option<DirectoryInfo>("--models") { Description = "Folder with endpoints/ and models/: a home, or what 'mlops endpoints export' wrote.", Required = true };
        var url = new Option<string>("--url") { Description = "Where to listen.", DefaultValueFactory = _ => new ServingAppSettings().Url };
        var cache = new Option<DirectoryInfo?>("--cache") { Description = "Folder that keeps what is served, so that a start without the models' folder serves it again." };
        var command = new Command("serve", CommandLine.WithExamples(
            "Answer predictions of the endpoints in a folder and follow their releases; nothing else. Ctrl+C stops it.",
            "mlops serve --models /mnt/mlops --cache /var/lib/mlops"))
        {
            models, url, cache,
        };
        command.SetAction((parsed, cancellationToken) => ServeAsync(
            parsed.GetRequiredValue(models), parsed.GetValue(url)!, parsed.GetValue(cache), cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(DirectoryInfo models, string url, DirectoryInfo? cache, CancellationToken cancellationToken)
    {
        if (!models.Exists) throw CommandException.BadInput($"There is no folder {models.FullName}.");
        await using var app = Build(new() { ModelsFolder = models.FullName, Url = url, CacheFolder = cache?.FullName });
        await app.StartAsync(cancellationToken);
        Terminal.Progress.MarkupLineInterpolated($"Listening at [bold]{string.Join(", ", app.Urls)}[/]. Ctrl+C stops.");
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Done;
    }

    private static WebApplication Build(ServingAppSettings settings)
    {
        try
        {
            return ServingApp.Build(settings);
        }
        catch (ServingSettingsException unusable)
        {
            throw CommandException.BadInput(unusable.Message);
        }
    }
}
