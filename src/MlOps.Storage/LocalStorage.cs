using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tables;

namespace MlOps.Storage;

/// <summary>Storage on this machine: one folder holds everything.</summary>
public static class LocalStorage
{
    /// <summary>Prefix below the home folder that is no blob: the host's databases, the table store's among them.</summary>
    public const string SystemPrefix = "system/";

    /// <summary>Adds <see cref="IBlobStore"/> and <see cref="ITableStore"/> in a home folder, which is created where it does not exist.</summary>
    public static IServiceCollection AddLocalStorage(this IServiceCollection services, string home)
    {
        services.AddSingleton<IBlobStore>(provider => new LocalBlobStore(
            home,
            new LocalBlobStoreOptions { ReservedPrefixes = [SystemPrefix] },
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services.AddSingleton<ITableStore>(_ => new LocalTableStore(Path.Combine(home, SystemPrefix, "tables.db")));
    }
}
