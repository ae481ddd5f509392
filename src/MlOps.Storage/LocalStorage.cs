using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Approvals;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;
using MlOps.Storage.Models;
using MlOps.Storage.Monitoring;
using MlOps.Storage.Notifications;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Releases;
using MlOps.Storage.Retraining;
using MlOps.Storage.Runs;
using MlOps.Storage.Scoring;
using MlOps.Storage.Tables;

namespace MlOps.Storage;

/// <summary>Storage on this machine: one folder holds everything.</summary>
public static class LocalStorage
{
    /// <summary>Prefix below the home folder that is no blob: the host's databases, the table store's among them.</summary>
    public const string SystemPrefix = "system/";

    /// <summary>Adds <see cref="IBlobStore"/>, <see cref="ITableStore"/> and the records kept in them, in a home folder, which is created where it does not exist.</summary>
    public static IServiceCollection AddLocalStorage(this IServiceCollection services, string home)
    {
        services.AddSingleton<IBlobStore>(provider => new LocalBlobStore(
            home,
            new LocalBlobStoreOptions { ReservedPrefixes = [SystemPrefix] },
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton<ITableStore>(_ => new LocalTableStore(Path.Combine(home, SystemPrefix, "tables.db")));
        return services
            .AddSingleton(new StorageLocation(Path.GetFullPath(home), IsLocal: true))
            .AddAuditSigner(Path.Combine(home, SystemPrefix, "audit.key"))
            .AddRecords();
    }

    /// <summary>Adds the key that signs the audit log's checkpoints: a file, which is made at the first use and readable by its owner only.</summary>
    public static IServiceCollection AddAuditSigner(this IServiceCollection services, string path) => services.AddSingleton(_ => new AuditSigner(path));

    internal static IServiceCollection AddRecords(this IServiceCollection services) => services
        .AddSingleton<AuditLog>()
        .AddSingleton<Migration.StorageBundles>()
        .AddSingleton<RunStore>()
        .AddSingleton<DatasetCatalog>()
        .AddSingleton<ModelRegistry>()
        .AddSingleton<ApprovalStore>()
        .AddSingleton<NotificationStore>()
        .AddSingleton<EndpointStore>()
        .AddSingleton<ReportedMetricStore>()
        .AddSingleton<ReleaseStore>()
        .AddSingleton<AnnouncementStore>()
        .AddSingleton<StartReservationStore>()
        .AddSingleton<PipelineChangeLog>()
        .AddSingleton<MonitorResultStore>()
        .AddSingleton<AlertStore>()
        .AddSingleton<AlertEventStore>()
        .AddSingleton<SilenceStore>()
        .AddSingleton<RetrainingStore>()
        .AddSingleton<ScoringStore>();
}
