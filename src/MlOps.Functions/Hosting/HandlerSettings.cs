using MlOps.Functions.Configuration;
using MlOps.Storage;
using MlOps.Storage.Audit;
using MlOps.Storage.Azure;

namespace MlOps.Functions.Hosting;

/// <summary>How the control plane runs behind an Azure Functions host. Read from the environment, which is where application settings are.</summary>
internal sealed record HandlerSettings
{
    /// <summary>Set by the host; tells this mode from the embedded one.</summary>
    public const string PortName = "FUNCTIONS_CUSTOMHANDLER_PORT";

    private const string FolderName = "Storage__Folder";
    private const string AuthenticationName = "Authentication__TrustClientPrincipal";
    private const string ServingName = "Serving__Address";
    private const string AuditKeyName = "Audit__Key";
    private const string AudienceName = "Serving__Audience";
    private const string RpcName = "DurableTask__RpcAddress";

    /// <summary>Port on the loopback address.</summary>
    public required int Port { get; init; }

    /// <summary>Folder that holds blobs and tables; <see langword="null"/>: they are in Azure.</summary>
    public string? StorageFolder { get; init; }

    /// <summary>Where blobs and tables are in Azure; <see langword="null"/>: they are in a folder.</summary>
    public AzureStorageOptions? AzureStorage { get; init; }

    /// <summary>Folder for unfinished work; beside local blobs, so that publishing is a rename.</summary>
    public string WorkFolder => StorageFolder is { } folder ? Path.Combine(folder, "system", "work") : Path.Combine(Path.GetTempPath(), "mlops-work");

    /// <summary>Signs the audit log's checkpoints where storage is in Azure: a private key as PEM, such as a reference to a key vault gives; <see langword="null"/>: there are none.</summary>
    public AuditSigner? AuditSigner { get; init; }

    /// <summary>Whether the platform in front has authenticated callers, so that what it says of them is believed.</summary>
    public required bool TrustsPlatform { get; init; }

    /// <summary>Where the endpoints answer; <see langword="null"/>: here.</summary>
    public Uri? Serving { get; init; }

    /// <summary>What a token for the serving application is for; <see langword="null"/>: it asks nobody who calls.</summary>
    public string? ServingAudience { get; init; }

    /// <summary>Where the Durable Task extension listens until it has told; <see langword="null"/>: its default.</summary>
    public Uri? ExtensionRpc { get; init; }

    /// <summary>The settings, and what is wrong with them. What is wrong has a value that nothing may be started with.</summary>
    public static (HandlerSettings Settings, IReadOnlyList<string> Problems) Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var (folder, azure) = Storage(reader, configuration);
        var settings = new HandlerSettings
        {
            Port = reader.Port(PortName),
            StorageFolder = folder,
            AzureStorage = azure,
            AuditSigner = reader.Find(AuditKeyName) is { } key ? AuditSigner.Of(key, $"the setting {AuditKeyName}") : null,
            TrustsPlatform = reader.Choice(
                AuthenticationName, "it must say whether App Service authentication stands in front and is believed, or whoever reaches this machine is", "true", "false") is "true",
            Serving = reader.Address(ServingName, "it must be the http(s) address of the serving application"),
            ServingAudience = Audience(reader),
            ExtensionRpc = reader.Address(
                RpcName, "it must be an http address of this machine, such as http://localhost:4001", address => address is { Scheme: "http", IsLoopback: true }),
        };
        return (settings, reader.Problems);
    }

    private static string? Audience(SettingsReader reader)
    {
        var audience = reader.Find(AudienceName);
        if (audience is not null && reader.Find(ServingName)?.StartsWith("https://", StringComparison.Ordinal) is not true)
            reader.Refuse($"{AudienceName} is '{audience}', and {ServingName} is no https address: a token is sent over HTTPS only. Set the address, or remove the audience.");
        return audience;
    }

    private static (string? Folder, AzureStorageOptions? Azure) Storage(SettingsReader reader, IConfiguration configuration)
    {
        if (reader.Find(FolderName) is not { } folder) return (null, Azure(reader, configuration));
        if (!Path.IsPathFullyQualified(folder))
            reader.Refuse($"{FolderName} is '{folder}': it must be an absolute path.");
        foreach (var other in (string[])["Storage__Account", "Storage__ConnectionString"])
            if (reader.Find(other) is not null) reader.Refuse($"{FolderName} and {other} are both set: blobs and tables are in one place. Remove one of them.");
        return (folder, null);
    }

    private static AzureStorageOptions? Azure(SettingsReader reader, IConfiguration configuration)
    {
        try
        {
            return StorageConfiguration.Read(configuration);
        }
        catch (StorageSettingsException unusable)
        {
            foreach (var problem in unusable.Problems) reader.Refuse(problem.Replace("Storage:", "Storage__", StringComparison.Ordinal));
            return null;
        }
    }
}
