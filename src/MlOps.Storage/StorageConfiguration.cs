using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Azure;

namespace MlOps.Storage;

/// <summary>Where storage is, as the section <c>Storage</c> of a host's configuration says: in Azure where it names an account, else on this machine.</summary>
public static class StorageConfiguration
{
    private static readonly string[] s_azureSettings =
    [
        nameof(AzureStorageOptions.Account), nameof(AzureStorageOptions.ConnectionString), nameof(AzureStorageOptions.ClientId),
        nameof(AzureStorageOptions.BlobServiceUri), nameof(AzureStorageOptions.TableServiceUri), nameof(AzureStorageOptions.Container),
        nameof(AzureStorageOptions.TablePrefix), nameof(AzureStorageOptions.CacheFolder), nameof(AzureStorageOptions.CacheBytes),
        nameof(AzureStorageOptions.MaxRetries), nameof(AzureStorageOptions.RetryDelay), nameof(AzureStorageOptions.NetworkTimeout),
    ];

    /// <summary>Whether the configuration names a storage account.</summary>
    public static bool IsInAzure(IConfiguration configuration)
    {
        var section = configuration.GetSection(AzureStorageOptions.Section);
        return section[nameof(AzureStorageOptions.Account)] is { Length: > 0 } || section[nameof(AzureStorageOptions.ConnectionString)] is { Length: > 0 };
    }

    /// <summary>Adds blobs, tables and the records kept in them, where the configuration says.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="home">Folder of local storage; with storage in Azure it holds the copies of blobs that programs read as files.</param>
    /// <exception cref="StorageSettingsException">The settings cannot be used; all problems are told at once.</exception>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration, string home)
    {
        if (IsInAzure(configuration)) return services.AddAzureStorage(Read(configuration, Path.Combine(home, LocalStorage.SystemPrefix, "blobs"))).AddAuditSigner(Path.Combine(home, LocalStorage.SystemPrefix, "audit.key"));
        // Half a configuration is a mistake, not a wish for local storage.
        var section = configuration.GetSection(AzureStorageOptions.Section);
        var stray = s_azureSettings.Where(s => section[s] is { Length: > 0 }).Select(s => $"Storage:{s}").ToList();
        return stray.Count is 0
            ? services.AddLocalStorage(home)
            : throw new StorageSettingsException([$"{string.Join(", ", stray)} {(stray.Count is 1 ? "is" : "are")} set, but neither Storage:Account nor Storage:ConnectionString: set one of them for storage in Azure, or none of all for local storage."]);
    }

    /// <summary>The options of storage in Azure.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="cacheFolder">Where copies of blobs lie unless the configuration says; <see langword="null"/>: a folder of this user's temporary files.</param>
    /// <exception cref="StorageSettingsException">The settings cannot be used; all problems are told at once.</exception>
    public static AzureStorageOptions Read(IConfiguration configuration, string? cacheFolder = null)
    {
        var section = configuration.GetSection(AzureStorageOptions.Section);
        var (usual, problems) = (new AzureStorageOptions(), new List<string>());
        var options = new AzureStorageOptions
        {
            Account = section[nameof(AzureStorageOptions.Account)],
            ConnectionString = section[nameof(AzureStorageOptions.ConnectionString)],
            ClientId = section[nameof(AzureStorageOptions.ClientId)],
            BlobServiceUri = section[nameof(AzureStorageOptions.BlobServiceUri)],
            TableServiceUri = section[nameof(AzureStorageOptions.TableServiceUri)],
            Container = section[nameof(AzureStorageOptions.Container)] ?? usual.Container,
            TablePrefix = section[nameof(AzureStorageOptions.TablePrefix)] ?? usual.TablePrefix,
            CacheFolder = section[nameof(AzureStorageOptions.CacheFolder)] ?? cacheFolder,
            CacheBytes = NumberOf(section, nameof(AzureStorageOptions.CacheBytes), usual.CacheBytes, problems),
            MaxRetries = (int)Math.Clamp(NumberOf(section, nameof(AzureStorageOptions.MaxRetries), usual.MaxRetries, problems), int.MinValue, int.MaxValue),
            RetryDelay = TimeOf(section, nameof(AzureStorageOptions.RetryDelay), usual.RetryDelay, problems),
            NetworkTimeout = TimeOf(section, nameof(AzureStorageOptions.NetworkTimeout), usual.NetworkTimeout, problems),
        };
        problems.AddRange(AzureStorageRules.FindProblems(options));
        return problems.Count is 0 ? options : throw new StorageSettingsException(problems);
    }

    private static long NumberOf(IConfigurationSection section, string name, long usual, List<string> problems)
    {
        if (section[name] is not { Length: > 0 } text) return usual;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        problems.Add($"Storage:{name} is '{text}': expected a whole number, such as {usual}.");
        return usual;
    }

    private static TimeSpan TimeOf(IConfigurationSection section, string name, TimeSpan usual, List<string> problems)
    {
        if (section[name] is not { Length: > 0 } text) return usual;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)) return time;
        problems.Add($"Storage:{name} is '{text}': expected hours:minutes:seconds, such as {usual:c}.");
        return usual;
    }
}
