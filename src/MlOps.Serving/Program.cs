using System.CommandLine;
using Microsoft.Extensions.Hosting;
using MlOps.Serving.Hosting;
using MlOps.Storage.Azure;

var models = new Option<DirectoryInfo?>("--models") { Description = "Folder with endpoints/ and models/. Default: storage in Azure, as Storage__Account (or Storage__ConnectionString) and Storage__Container say." };
var url = new Option<string>("--url") { Description = "Where to listen; http://0.0.0.0:8080 in a container.", DefaultValueFactory = _ => new ServingAppSettings().Url };
var cache = new Option<DirectoryInfo?>("--cache") { Description = "Folder that keeps what is served, so that a start without storage serves it again." };
var drain = new Option<double>("--drain-seconds") { Description = "How long to go on answering after SIGTERM, while /health/ready says no." };
var command = new RootCommand("Answers predictions of the endpoints in a folder of models, or in blob storage, and follows their releases.") { models, url, cache, drain };
command.SetAction(async (arguments, cancellationToken) =>
{
    if (arguments.GetValue(models) is { Exists: false } missing)
    {
        await Console.Error.WriteLineAsync($"mlops-serving: there is no folder {missing.FullName}.");
        return 2;
    }

    try
    {
        await using var app = ServingApp.Build(new()
        {
            ModelsFolder = arguments.GetValue(models)?.FullName,
            Url = arguments.GetValue(url)!,
            CacheFolder = arguments.GetValue(cache)?.FullName,
            DrainDelay = TimeSpan.FromSeconds(arguments.GetValue(drain)),
        });
        await app.StartAsync(cancellationToken);
        await Console.Error.WriteLineAsync($"Listening at {string.Join(", ", app.Urls)}");
        // The host takes SIGTERM and Ctrl+C: it drains before it ends.
        await app.WaitForShutdownAsync(CancellationToken.None);
        return 0;
    }
    catch (Exception error) when (error is StorageSettingsException or ServingSettingsException)
    {
        await Console.Error.WriteLineAsync($"mlops-serving: {error.Message}");
        return 2;
    }
    catch (IOException error)
    {
        await Console.Error.WriteLineAsync($"mlops-serving: {error.Message}");
        return 1;
    }
});
// For the health checks of containers, whose images have no curl.
var health = new Command("health", "Asks a server whether it is live. Exit code: 0 yes, 1 no.") { url };
health.SetAction(async (arguments, cancellationToken) =>
{
    using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
    try
    {
        using var answer = await http.GetAsync(new Uri(new Uri(arguments.GetValue(url)!), "health/live"), cancellationToken);
        return answer.IsSuccessStatusCode ? 0 : 1;
    }
    catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
    {
        await Console.Error.WriteLineAsync($"mlops-serving: {error.Message}");
        return 1;
    }
});
command.Add(health);
var parsed = command.Parse(args);
// Signals are the host's: the command line must not end the process under it.
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? 2 : exitCode;
