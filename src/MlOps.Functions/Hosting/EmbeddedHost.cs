using Microsoft.AspNetCore.Hosting.Server;
using MlOps.DurableTask.Sidecar;
using MlOps.DurableTask.Sqlite;
using MlOps.Pipelines;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Notifications;
using MlOps.Serving;
using MlOps.Storage;
using MlOps.Storage.Azure;

namespace MlOps.Functions.Hosting;

/// <summary>Everything in one process: task hub, triggers, API and serving, on one home.</summary>
public sealed class EmbeddedHost : IAsyncDisposable
{
    private const int DeliveriesAtOnce = 4;

    /// <summary>How often storage in Azure is looked at for new files and manifests, unless the configuration says otherwise.</summary>
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(10);
    private readonly WebApplication _app;
    private readonly HomeLock _lock;

    private EmbeddedHost(WebApplication app, HomeLock homeLock) => (_app, _lock) = (app, homeLock);

    /// <summary>Base address of the API, ending in a slash.</summary>
    public Uri Address => AddressOf(_app);

    /// <summary>Where the blobs are.</summary>
    public StorageLocation Storage => _app.Services.GetRequiredService<StorageLocation>();

    /// <summary>Where Durable Task SDKs connect (host and port); <see langword="null"/> when <see cref="HostSettings.GrpcPort"/> is not set.</summary>
    public string? GrpcAddress => _app.Services.GetService<TaskHubSidecar>()?.Address;

    /// <summary>Starts the host; unfinished runs go on.</summary>
    /// <exception cref="HomeInUseException">Another process has the home.</exception>
    public static async Task<EmbeddedHost> StartAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        var homeLock = HomeLock.TryTake(settings.Home) ?? throw new HomeInUseException(settings.Home);
        DiscardUnfinishedWork(settings.Home);
        WebApplication app;
        try
        {
            app = Build(settings);
        }
        catch
        {
            homeLock.Dispose();
            throw;
        }
        try
        {
            // Before anything starts to work there.
            if (app.Services.GetService<StorageOwnership>() is { } ownership) await ownership.TakeAsync(cancellationToken);
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
        builder.Configuration.AddInMemoryCollection(settings.Configuration);
        var inAzure = StorageConfiguration.IsInAzure(builder.Configuration);
        services.AddStorage(builder.Configuration, settings.Home.Path);
        // First, so that nothing else starts on a storage that another host has, and the configuration has the last word.
        if (inAzure) UseAzure(services, settings);
        services.AddControlPlane(settings.Repository, settings.Home.Work);
        services.Configure<ApprovalOptions>(options => options.LinkKeyFile = settings.Home.LinkKey);
        // Before those who start work on it, so that it is there when they do and still there when they end.
        services.AddEmbeddedTaskHub(options =>
        {
            options.Path = settings.Home.TaskHub;
            options.RunWorkItems = settings.RunWork;
            // Places of their own: targets of notifications that hang take none from the work.
            options.MaxConcurrentActivitiesByName[Notifier.DeliveryActivity] = DeliveriesAtOnce;
            options.MaxConcurrentActivities += DeliveriesAtOnce;
        });
        services.AddPipelines(inAzure ? null : settings.Home.Path, runTriggers: settings.RunWork);
        if (settings.GrpcPort is { } grpcPort)
            services.AddTaskHubSidecar(sidecar => sidecar.Port = grpcPort);

        var app = builder.Build();
        app.MapControlPlane();
        return app;
    }

    /// <summary>Blobs and tables in Azure, the task hub here: one host at a time, and every look at the storage costs.</summary>
    private static void UseAzure(IServiceCollection services, HostSettings settings)
    {
        if (settings.RunWork) services.AddStorageOwnership(settings.Home.StorageLease);
        services.Configure<PipelineOptions>(options => options.ScanInterval = s_lookInterval);
        services.Configure<ServingOptions>(options => options.PollInterval = s_lookInterval);
    }

    private static Uri AddressOf(WebApplication app) => ControlPlane.AddressOf(app.Services.GetRequiredService<IServer>());
}

/// <summary>Another process has the home.</summary>
public sealed class HomeInUseException(HomeFolder home) : IOException(
    $"Another process works on {home.Path}{(HomeLock.FindOwner(home) is { } owner ? $": process {owner.ProcessId} at {owner.Url}" : "")}. Stop it, talk to it, or set MLOPS_HOME to another folder.")
{
}
