using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Azure;
using MlOps.Storage.Blobs;
using MlOps.Testing.Azure;

namespace MlOps.EndToEnd.Tests;

/// <summary>An installation whose blobs and tables are in a storage account (the emulator), in a container of its own.</summary>
internal sealed class AzureInstallation : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private AzureInstallation(AzuriteServer azurite, Installation? same)
    {
        var unique = Guid.NewGuid().ToString("N")[..12];
        var settings = same?.Settings ?? new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Storage__ConnectionString"] = azurite.ConnectionString,
            ["Storage__Container"] = $"e2e-{unique}",
            ["Storage__TablePrefix"] = $"e2e{unique}",
            // The emulator costs nothing: look often.
            ["Pipelines__ScanInterval"] = "00:00:00.250",
            ["Serving__PollInterval"] = "00:00:00.250",
        };
        foreach (var (name, value) in settings) Local.Settings[name] = value;
        _services = new ServiceCollection()
            .AddAzureStorage(new() { ConnectionString = azurite.ConnectionString, Container = settings["Storage__Container"], TablePrefix = settings["Storage__TablePrefix"], CacheFolder = Local.PathOf("test-cache") })
            .BuildServiceProvider();
    }

    /// <summary>The commands, and what stays on this machine.</summary>
    public Installation Local { get; } = new();

    public IBlobStore Blobs => _services.GetRequiredService<IBlobStore>();

    public static async Task<AzureInstallation> CreateAsync() => new(await AzuriteServer.SharedAsync(), null);

    /// <summary>Another machine's installation on the same container.</summary>
    public async Task<AzureInstallation> CreateSecondAsync() => new(await AzuriteServer.SharedAsync(), Local);

    public async Task<string[]> NamesAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var blob in Blobs.ListAsync(prefix, default)) names.Add(blob.Name);
        return [.. names];
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Local.Dispose();
    }
}
