using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging.Console;
using MlOps.Functions.Api;
using MlOps.Pipelines;
using MlOps.Pipelines.Releases;
using MlOps.Serving;

namespace MlOps.Functions.Hosting;

/// <summary>What the control plane is made of wherever it runs. Each host adds storage, a task hub and what triggers runs there.</summary>
internal static class ControlPlane
{
    /// <summary>A web application that listens at <paramref name="url"/> and logs to standard error.</summary>
    public static WebApplicationBuilder CreateBuilder(string url, LogLevel level)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.Warning);
        return builder;
    }

    /// <summary>Adds the API, serving, and where everything finds what it needs.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="repository">Folder with <c>workflows/</c> and, for example data, <c>node_modules/</c>.</param>
    /// <param name="work">Folder for unfinished work.</param>
    /// <param name="serving">Where the endpoints answer; <see langword="null"/>: here.</param>
    public static IServiceCollection AddControlPlane(this IServiceCollection services, string repository, string work, Uri? serving = null) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton(provider => new ServingAddress(() => serving ?? AddressOf(provider.GetRequiredService<IServer>())))
        .Configure<PipelineOptions>(options =>
        {
            options.WorkflowsFolder = Path.Combine(repository, "workflows");
            options.ExamplesFolder = Path.Combine(repository, "node_modules");
            options.WorkFolder = work;
            options.TrainerPath = Path.Combine(AppContext.BaseDirectory, "mlops-trainer.dll");
        })
        .AddServing()
        .AddApi();

    /// <summary>Answers on every route of the API and of serving.</summary>
    public static void MapControlPlane(this WebApplication app)
    {
        app.MapApi();
        app.MapServing();
    }

    /// <summary>Where a server that has started listens, ending in a slash.</summary>
    public static Uri AddressOf(IServer server) => new(server.Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");
}
