using Azure.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Functions;
using MlOps.Functions.Api;
using MlOps.Functions.Configuration;
using MlOps.Functions.Triggers;
using MlOps.Pipelines;
using MlOps.Pipelines.Releases;
using MlOps.Storage;
using MlOps.Storage.Azure;

namespace MlOps.Functions.Hosting;

/// <summary>The control plane behind an Azure Functions host: Durable Functions runs the orchestrations, the host's triggers start the runs.</summary>
internal static class HandlerHost
{
    /// <summary>Serves the host until it says stop.</summary>
    /// <exception cref="SettingsException">The settings cannot be used.</exception>
    public static async Task RunAsync(IConfiguration configuration)
    {
        var (settings, problems) = HandlerSettings.Read(configuration);
        await using var app = Build(problems.Count is 0 ? settings : Placeholder, AppContext.BaseDirectory);
        problems = [.. problems, .. ProblemsOf(app.Services)];
        if (problems.Count > 0) throw new SettingsException(problems);
        // Two functions of one name, or a route that reaches too far, are found here and not at the first call.
        _ = app.Services.GetRequiredService<FunctionTable>();
        await app.RunAsync();
    }

    /// <summary>Writes the function.json files of the application into its published folder.</summary>
    /// <exception cref="Core.Specification.Reading.PipelineSpecException">A pipeline cannot be read: what nobody can run is not published.</exception>
    public static async Task WriteFunctionsAsync(string folder)
    {
        await using var app = Build(Placeholder, folder);
        FunctionFiles.Write(app.Services.GetRequiredService<FunctionTable>().Definitions, folder);
    }

    /// <summary>Enough to ask the application for its functions and its options; nothing is started with it.</summary>
    private static HandlerSettings Placeholder => new() { Port = 0, TrustsPlatform = false, StorageFolder = Path.Combine(Path.GetTempPath(), "mlops-nothing") };

    private static IServiceCollection AddStorage(this IServiceCollection services, HandlerSettings settings)
    {
        if (settings.StorageFolder is { } folder) return services.AddLocalStorage(folder);
        // No instance has a disk that outlives it: the key comes with the settings, or nothing is signed.
        if (settings.AuditSigner is { } signer) services.AddSingleton(signer);
        return services.AddAzureStorage(settings.AzureStorage!);
    }

    private static IServiceCollection AddServingSignIn(this IServiceCollection services, HandlerSettings settings) =>
        settings is { Serving: { } serving, ServingAudience: { } audience }
            ? services.AddSingleton(_ => new ServingSignIn(serving, audience, new DefaultAzureCredential(), new SocketsHttpHandler()))
            : services;

    /// <param name="settings">Where to listen and what to work on.</param>
    /// <param name="root">The published folder, with <c>workflows/</c> in it.</param>
    private static WebApplication Build(HandlerSettings settings, string root)
    {
        var builder = ControlPlane.CreateBuilder($"http://127.0.0.1:{settings.Port}", LogLevel.Information);
        builder.Services
            .AddControlPlane(root, settings.WorkFolder, settings.Serving)
            .AddStorage(settings)
            .AddServingSignIn(settings)
            .AddPipelines(home: null, runTriggers: false)
            .AddFunctionsHost(settings.ExtensionRpc)
            .AddSingleton<ITriggerFunctions, ArrivalEvents>()
            .AddSingleton<ITriggerFunctions, ScheduleTimers>()
            .AddSingleton<ITriggerFunctions, MonitorTimers>()
            .AddSingleton<ITriggerFunctions, Sweep>()
            .AddSingleton<PublicRoutes>()
            .AddSingleton<IHttpFunctions>(provider => provider.GetRequiredService<PublicRoutes>())
            // Names are the platform's business where it stands in front; on a machine of one's own only this machine's count, as ever.
            .Configure<HostFilteringOptions>(hosts => { if (settings.TrustsPlatform) hosts.AllowedHosts = ["*"]; });

        var app = builder.Build();
        // Explicitly, so that what follows knows which endpoint is asked for.
        app.UseRouting();
        app.MapControlPlane();
        if (settings.TrustsPlatform) app.Use(RequireSignIn);
        app.Services.GetRequiredService<PublicRoutes>().Follow(app);
        app.MapFunctionsHost();
        return app;
    }

    /// <summary>Whoever is not signed in is turned away from everything but what says that anybody may.</summary>
    private static Task RequireSignIn(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null) _ = Actor.PersonOf(context);
        return next(context);
    }

    private static IEnumerable<string> ProblemsOf(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException invalid)
        {
            return invalid.Failures;
        }
        catch (AggregateException several)
        {
            return several.InnerExceptions.SelectMany(e => e is OptionsValidationException invalid ? invalid.Failures : [e.Message]);
        }
        // A value that cannot be read as its option's type.
        catch (InvalidOperationException unreadable)
        {
            return [unreadable.Message];
        }
    }
}
