using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Azure;
using MlOps.Storage.Azure.Blobs;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Azure.Tables;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure;

/// <summary>A container and tables of a test's own on the emulator, and the stores on them.</summary>
internal sealed class AzureAccount : IAsyncDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly ServiceProvider _services;

    public AzureAccount(string connectionString, Func<AzureStorageOptions, AzureStorageOptions>? configure = null)
    {
        var unique = Guid.NewGuid().ToString("N")[..12];
        var options = new AzureStorageOptions
        {
            ConnectionString = connectionString,
            Container = $"test-{unique}",
            TablePrefix = $"test{unique}",
            CacheFolder = _cache.Path,
            RetryDelay = TimeSpan.FromMilliseconds(20),
        };
        Options = configure is null ? options : configure(options);
        _services = new ServiceCollection().AddSingleton(TimeProvider.System).AddAzureStorage(Options).BuildServiceProvider();
    }

    public AzureStorageOptions Options { get; }

    public IServiceProvider Services => _services;

    public IBlobStore Blobs => _services.GetRequiredService<IBlobStore>();

    public ITableStore Tables => _services.GetRequiredService<ITableStore>();

    public BlobContainer Container => _services.GetRequiredService<BlobContainer>();

    public BlobSignature Signature => _services.GetRequiredService<BlobSignature>();

    public string CacheFolder => _cache.Path;

    public static async Task<AzureAccount> CreateAsync(Func<AzureStorageOptions, AzureStorageOptions>? configure = null) =>
        new((await AzuriteServer.SharedAsync()).ConnectionString, configure);

    public BlobLease LeaseOn(string blob, string id) => new(Container, blob, id);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _cache.Dispose();
    }
}
