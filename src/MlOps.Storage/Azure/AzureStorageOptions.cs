namespace MlOps.Storage.Azure;

/// <summary>Where blobs and tables are in Azure, and who asks. Section <c>Storage</c> of the configuration; <c>Storage__Account</c> in the environment.</summary>
public sealed record AzureStorageOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Storage";

    /// <summary>
    /// A storage account's connection string, with a key or a shared access signature; <c>UseDevelopmentStorage=true</c> is the emulator.
    /// Either this or <see cref="Account"/>.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>A storage account's name; the process proves itself by its identity (managed identity, workload identity, <c>az login</c>).</summary>
    public string? Account { get; init; }

    /// <summary>Client id of the user-assigned identity, where the machine has several. Default: whichever it has.</summary>
    public string? ClientId { get; init; }

    /// <summary>The blob service, where it is not <c>https://&lt;account&gt;.blob.core.windows.net</c>: another cloud, a private name.</summary>
    public string? BlobServiceUri { get; init; }

    /// <summary>The table service, where it is not <c>https://&lt;account&gt;.table.core.windows.net</c>.</summary>
    public string? TableServiceUri { get; init; }

    /// <summary>The container that holds the blobs; created by the first write where it does not exist. Default: <c>mlops</c>.</summary>
    public string Container { get; init; } = "mlops";

    /// <summary>What the tables' names begin with, so that several installations may share an account. Default: <c>mlops</c>.</summary>
    public string TablePrefix { get; init; } = "mlops";

    /// <summary>Folder for blobs that programs read as files. Default: a folder of this user's temporary files.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Most bytes that stay in <see cref="CacheFolder"/> after use. Default: 8 GiB.</summary>
    public long CacheBytes { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>How often a request is tried again, with pauses that grow, after throttling, a server's error or a lost connection. 0 to 20, default 6.</summary>
    public int MaxRetries { get; init; } = 6;

    /// <summary>The first of those pauses. Default: 0.5 seconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long the service may stay silent in the middle of a request. Default: 100 seconds.</summary>
    public TimeSpan NetworkTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>What is wrong with these options: one sentence a problem, each naming its setting. Empty: they can be used.</summary>
    public IReadOnlyList<string> FindProblems() => AzureStorageRules.FindProblems(this);
}
