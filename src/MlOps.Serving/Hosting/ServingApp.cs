using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using MlOps.Core.Json;
using MlOps.Storage;
using MlOps.Storage.Azure;

namespace MlOps.Serving.Hosting;

/// <summary>How the serving app is started.</summary>
public sealed record ServingAppSettings
{
    /// <summary>Folder with <c>endpoints/</c> and <c>models/</c>; <see langword="null"/>: storage in Azure, as the section <c>Storage</c> of the configuration says.</summary>
    public string? ModelsFolder { get; init; }

    /// <summary>Where it listens. Default: the loopback address, port 8080.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Folder that keeps what is served for a start without storage; <see langword="null"/>: nothing is kept.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How long it goes on answering after it was told to stop. Default: not at all.</summary>
    public TimeSpan DrainDelay { get; init; }
}

/// <summary>Serving alone, as a process of its own: in a container, on an edge box.</summary>
public static class ServingApp
{
    /// <summary>Builds the app; the caller runs it. Options can be set in the environment: <c>Serving__MaxInstances</c>, <c>PredictionLog__Enabled</c>.</summary>
    /// <exception cref="StorageSettingsException">The settings of storage cannot be used.</exception>
    /// <exception cref="ServingSettingsException">Other settings cannot be used.</exception>
    public static WebApplication Build(ServingAppSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(settings.Url);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        AddStorage(builder, settings);
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddServing()
            .AddProblemDetails()
            .Configure<ServingOptions>(options =>
            {
                options.CacheFolder = settings.CacheFolder ?? options.CacheFolder;
                if (settings.DrainDelay > TimeSpan.Zero) options.DrainDelay = settings.DrainDelay;
            })
            .ConfigureHttpJsonOptions(options =>
            {
                options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
                options.SerializerOptions.NumberHandling = MlOpsJson.Compact.NumberHandling;
                foreach (var converter in MlOpsJson.Compact.Converters) options.SerializerOptions.Converters.Add(converter);
            });

        var app = builder.Build();
        ServingSettingsException.ThrowIfUnusable(app.Services);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapServing();
        return app;
    }

    private static void AddStorage(WebApplicationBuilder builder, ServingAppSettings settings)
    {
        if (settings.ModelsFolder is { } folder) builder.Services.AddLocalStorage(Path.GetFullPath(folder));
        else builder.Services.AddAzureStorage(StorageConfiguration.Read(builder.Configuration));
    }
}
