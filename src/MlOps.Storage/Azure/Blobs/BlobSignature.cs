using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>Addresses of single blobs that work by themselves for a while: shared access signatures, for programs without an identity of their own.</summary>
/// <remarks>With an identity the signature is a user delegation: it can do no more than the identity, and ends with its key. Forms: "Create a user
/// delegation SAS" and "Create a service SAS", Storage REST API, version 2020-12-06 and later.</remarks>
internal sealed class BlobSignature(BlobContainer container, StorageAccount account, TimeProvider time)
{
    /// <summary>The longest that an address works: what Azure allows a delegated one.</summary>
    public static TimeSpan MostValidity { get; } = TimeSpan.FromDays(7);

    /// <summary>Signatures begin to hold a little in the past: clocks differ.</summary>
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    /// <summary>An address that lets whoever has it read one blob.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The validity is not above 0 and at most 7 days.</exception>
    /// <exception cref="InvalidOperationException">This process has but a signature itself.</exception>
    public async Task<Uri> SignReadAsync(string blob, TimeSpan validity, CancellationToken cancellationToken)
    {
        BlobName.Check(blob);
        if (validity <= TimeSpan.Zero || validity > MostValidity)
            throw new ArgumentOutOfRangeException(nameof(validity), validity, "A signed address works for more than 0 seconds and at most 7 days.");
        var (start, expiry) = (time.GetUtcNow() - s_clockSkew, time.GetUtcNow() + validity);
        var query = account.Credential switch
        {
            StorageCredential.SharedKey(var key) => SignWithKey(blob, start, expiry, key),
            StorageCredential.Identity => SignWithDelegation(blob, start, expiry, await container.GetUserDelegationKeyAsync(start, expiry, cancellationToken)),
            _ => throw new InvalidOperationException("Who has a shared access signature cannot make another: use Storage:Account with an identity."),
        };
        return new Uri($"{container.AddressOf(blob).AbsoluteUri}?{query}");
    }

    private string SignWithKey(string blob, DateTimeOffset start, DateTimeOffset expiry, byte[] key)
    {
        string[] fields =
        [
            "r", BlobXml.TimeOf(start), BlobXml.TimeOf(expiry), ResourceOf(blob),
            "", "", Protocol, StorageService.ApiVersion, "b", "", "", "", "", "", "", "",
        ];
        return QueryOf([.. Common(start, expiry), ("sig", Sign(fields, key))]);
    }

    private string SignWithDelegation(string blob, DateTimeOffset start, DateTimeOffset expiry, UserDelegationKey key)
    {
        string[] fields =
        [
            "r", BlobXml.TimeOf(start), BlobXml.TimeOf(expiry), ResourceOf(blob),
            key.ObjectId, key.TenantId, key.Start, key.Expiry, key.Service, key.Version,
            "", "", "", "", Protocol, StorageService.ApiVersion, "b", "", "", "", "", "", "", "",
        ];
        return QueryOf(
        [
            .. Common(start, expiry),
            ("skoid", key.ObjectId), ("sktid", key.TenantId), ("skt", key.Start), ("ske", key.Expiry), ("sks", key.Service), ("skv", key.Version),
            ("sig", Sign(fields, key.Value)),
        ]);
    }

    // Only the emulator is asked over http, from this machine.
    private string Protocol => account.BlobEndpoint.Scheme == Uri.UriSchemeHttps ? "https" : "https,http";

    private (string Name, string Value)[] Common(DateTimeOffset start, DateTimeOffset expiry) =>
        [("sv", StorageService.ApiVersion), ("st", BlobXml.TimeOf(start)), ("se", BlobXml.TimeOf(expiry)), ("spr", Protocol), ("sr", "b"), ("sp", "r")];

    private string ResourceOf(string blob) => $"/blob/{account.Name}/{container.Name}/{blob}";

    private static string Sign(IEnumerable<string> fields, byte[] key) =>
        Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Join('\n', fields))));

    private static string QueryOf(IEnumerable<(string Name, string Value)> parts) => string.Join('&', parts.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
}
