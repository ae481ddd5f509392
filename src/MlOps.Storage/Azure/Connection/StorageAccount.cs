using Azure.Core;
using Azure.Identity;

namespace MlOps.Storage.Azure.Connection;

/// <summary>Where a storage account answers, and how this process proves who it is.</summary>
/// <param name="Name">Its name; empty where a shared access signature needs none.</param>
/// <param name="BlobEndpoint">The blob service, without a slash at the end.</param>
/// <param name="TableEndpoint">The table service, without a slash at the end.</param>
/// <param name="Credential">The proof.</param>
internal sealed record StorageAccount(string Name, Uri BlobEndpoint, Uri TableEndpoint, StorageCredential Credential)
{
    /// <summary>The account that valid options name.</summary>
    public static StorageAccount Of(AzureStorageOptions options)
    {
        if (options.ConnectionString is { Length: > 0 } text) return StorageConnectionString.Parse(text);
        var identity = new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId is { Length: > 0 } id ? id : null });
        return new StorageAccount(
            options.Account!,
            EndpointOf(options.BlobServiceUri, $"https://{options.Account}.blob.core.windows.net"),
            EndpointOf(options.TableServiceUri, $"https://{options.Account}.table.core.windows.net"),
            new StorageCredential.Identity(identity));
    }

    private static Uri EndpointOf(string? configured, string usual) => new(configured is { Length: > 0 } ? configured.TrimEnd('/') : usual);
}

/// <summary>How a process proves who it is.</summary>
internal abstract record StorageCredential
{
    private StorageCredential()
    {
    }

    /// <summary>The account's key: everything is allowed. For the emulator, and where nothing else is possible.</summary>
    public sealed record SharedKey(byte[] Key) : StorageCredential
    {
        /// <inheritdoc/>
        public override string ToString() => "a shared key";
    }

    /// <summary>A shared access signature: a query that somebody with a key has signed.</summary>
    public sealed record Signature(string Query) : StorageCredential
    {
        /// <inheritdoc/>
        public override string ToString() => "a shared access signature";
    }

    /// <summary>An identity of Microsoft Entra: allowed is what its roles say.</summary>
    public sealed record Identity(TokenCredential Token) : StorageCredential;
}
