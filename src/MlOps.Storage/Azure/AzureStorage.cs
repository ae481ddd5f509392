using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Storage.Azure.Blobs;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Azure.Tables;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Azure;

/// <summary>Storage in an Azure storage account, or in its emulator.</summary>
public static class AzureStorage
{
    /// <summary>Adds <see cref="IBlobStore"/>, <see cref="ITableStore"/> and the records kept in them, in a storage account.</summary>
    /// <exception cref="StorageSettingsException">The options cannot be used; all problems are told at once.</exception>
    public static IServiceCollection AddAzureStorage(this IServiceCollection services, AzureStorageOptions options)
    {
        if (AzureStorageRules.FindProblems(options) is { Count: > 0 } problems) throw new StorageSettingsException(problems);
        return services
            .AddSingleton(_ => StorageAccount.Of(options))
            .AddSingleton(provider => ContainerOf(provider.GetRequiredService<StorageAccount>(), options, ClockOf(provider)))
            .AddSingleton(provider => new StorageLocation(provider.GetRequiredService<BlobContainer>().Address.AbsoluteUri, IsLocal: false))
            .AddSingleton(provider => new LocalFileCache(CacheFolderOf(options), options.CacheBytes, ClockOf(provider)))
            .AddSingleton(provider => new BlobSignature(provider.GetRequiredService<BlobContainer>(), provider.GetRequiredService<StorageAccount>(), ClockOf(provider)))
            .AddSingleton<IBlobStore>(provider => new AzureBlobStore(
                provider.GetRequiredService<BlobContainer>(), provider.GetRequiredService<LocalFileCache>(), ClockOf(provider)))
            .AddSingleton<ITableStore>(provider => new AzureTableStore(
                StorageService.OfTables(provider.GetRequiredService<StorageAccount>(), options, ClockOf(provider)), options.TablePrefix))
            .AddRecords();
    }

    /// <summary>Makes a host the only one that works on its container: it calls <see cref="StorageOwnership.TakeAsync"/> before it starts, and stops when it cannot stay the owner.</summary>
    /// <param name="services">The host's services, with storage in Azure.</param>
    /// <param name="leaseIdPath">File that says who the host is; where it does not exist it is made.</param>
    public static IServiceCollection AddStorageOwnership(this IServiceCollection services, string leaseIdPath) => services
        .AddSingleton<StorageOwnership>(provider => new(
            provider.GetRequiredService<BlobContainer>(), provider.GetRequiredService<IBlobStore>(), leaseIdPath,
            provider.GetRequiredService<IHostApplicationLifetime>(), ClockOf(provider), provider.GetRequiredService<ILogger<StorageOwnership>>()))
        .AddHostedService(provider => provider.GetRequiredService<StorageOwnership>());

    private static BlobContainer ContainerOf(StorageAccount account, AzureStorageOptions options, TimeProvider time) =>
        new(StorageService.OfBlobs(account, options, time), options.Container)
        {
            SourceQuery = account.Credential is StorageCredential.Signature(var query) ? $"?{query}" : "",
        };

    private static string CacheFolderOf(AzureStorageOptions options) =>
        options.CacheFolder is { Length: > 0 } folder ? Path.GetFullPath(folder) : Path.Combine(Path.GetTempPath(), $"mlops-blobs-{Environment.UserName}");

    private static TimeProvider ClockOf(IServiceProvider provider) => provider.GetService<TimeProvider>() ?? TimeProvider.System;
}
