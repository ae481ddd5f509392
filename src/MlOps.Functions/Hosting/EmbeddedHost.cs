using Microsoft.AspNetCore.Hosting.Server;
using MlOps.DurableTask.Sidecar;
using MlOps.DurableTask.Sqlite;
using MlOps.Pipelines;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Notifications;
using MlOps.Storage;

namespace MlOps.Functions.Hosting;

/// <summary>Everything in one process: task hub, triggers, API and serving, on one home.</summary>
public sealed class EmbeddedHost : IAsyncDisposable
{
    private const int DeliveriesAtOnce = 4;
    private readonly WebApplication _app;
    private readonly HomeLock _lock;

    private EmbeddedHost(WebApplication app, HomeLock homeLock) => (_app, _lock) = (app, homeLock);

    /// <summary>Base address of the API, ending in a slash.</summary>
    public Uri Address => AddressOf(_app);

    /// <summary>Where Durable Task SDKs connect (host and port); <see langword="null"/> when <see cref="HostSettings.GrpcPort"/> is not set.</summary>
    public string? GrpcAddress => _app.Services.GetService<TaskHubSidecar>()?.Address;

    /// <summary>Starts the host; unfinished runs go on.</summary>
    /// <exception cref="HomeInUseException">Another process has the home.</exception>
    public static async Task<EmbeddedHost> StartAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        var homeLock = HomeLock.TryTake(settings.Home) ?? throw new HomeInUseException(settings.Home);
        DiscardUnfinishedWork(settings.Home);
        var app = Build(settings);
        try
        {
            await app.StartAsync(cancellationToken);
            homeLock.Announce(AddressOf(app), settings.RunWork);
            return new EmbeddedHost(app, homeLock);
        }
        catch
        {
            await app.DisposeAsync();
            homeLock.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the process is told to stop (Ctrl+C, SIGTERM) and work in progress has come to rest.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _lock.Dispose();
    }

    /// <summary>What a killed process left half done is worthless: its steps start anew. The home is ours, so nobody works there now.</summary>
    private static void DiscardUnfinishedWork(HomeFolder home)
    {
        if (Directory.Exists(home.Work)) Directory.Delete(home.Work, recursive: true);
    }

    private static WebApplication Build(HostSettings settings)
    {
        var builder = ControlPlane.CreateBuilder(settings.Url, settings.Verbose ? LogLevel.Information : LogLevel.Error);
        var services = builder.Services;
        services.AddControlPlane(settings.Repository, settings.Home.Work);
        services.AddLocalStorage(settings.Home.Path);
        services.AddPipelines(settings.Home.Path, runTriggers: settings.RunWork);
        services.Configure<ApprovalLinkOptions>(options => options.LinkKeyFile = settings.Home.LinkKey);
        services.AddEmbeddedTaskHub(options =>
        {
            options.Path = settings.Home.TaskHub;
            options.RunWorkItems = settings.RunWork;
            // Places of their own: targets of notifications that hang take none from the work.
            options.MaxConcurrentActivitiesByName[Notifier.DeliveryActivity] = DeliveriesAtOnce;
            options.MaxConcurrentActivities += DeliveriesAtOnce;
        });
        if (settings.GrpcPort is { } grpcPort)
            services.AddTaskHubSidecar(sidecar => sidecar.Port = grpcPort);

        var app = builder.Build();
        app.MapControlPlane();
        return app;
    }

    private static Uri AddressOf(WebApplication app) => ControlPlane.AddressOf(app.Services.GetRequiredService<IServer>());
}

/// <summary>Another process has the home.</summary>
public sealed class HomeInUseException(HomeFolder home) : IOException(
    $"Another process works on {home.Path}{(HomeLock.FindOwner(home) is { } owner ? $": process {owner.ProcessId} at {owner.Url}" : "")}. Stop it, talk to it, or set MLOPS_HOME to another folder.")
{
}
