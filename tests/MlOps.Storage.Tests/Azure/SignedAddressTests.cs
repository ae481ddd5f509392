using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using MlOps.Storage.Azure;
using MlOps.Storage.Azure.Blobs;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Azure.Tables;
using MlOps.Storage.Blobs;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure;

/// <summary>Identities, and what they may sign for others. The emulator takes tokens over TLS only, and checks whom they are for.</summary>
public sealed class SignedAddressTests
{
    [Fact]
    public async Task An_address_signed_with_the_key_reads_one_blob_and_no_other()
    {
        await using var account = await AzureAccount.CreateAsync();
        await account.Blobs.TryWriteAsync("models/m 1/é.onnx", "graph"u8.ToArray(), WriteCondition.None, default);
        await account.Blobs.TryWriteAsync("models/m 2", "other"u8.ToArray(), WriteCondition.None, default);
        using var http = new HttpClient();
        var address = await account.Signature.SignReadAsync("models/m 1/é.onnx", TimeSpan.FromHours(1), default);
        Assert.Equal("graph", await http.GetStringAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(new Uri(address.AbsoluteUri.Replace("m%201/%C3%A9.onnx", "m%202", StringComparison.Ordinal)))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.DeleteAsync(address)).StatusCode);
        foreach (var validity in new[] { TimeSpan.Zero, TimeSpan.FromDays(8) })
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => account.Signature.SignReadAsync("a", validity, default));
        await Assert.ThrowsAsync<BlobNameException>(() => account.Signature.SignReadAsync("../a", TimeSpan.FromHours(1), default));
    }

    [Fact]
    public async Task An_identity_reads_and_writes_and_signs_addresses_without_the_account_s_key()
    {
        using var folder = new TemporaryFolder();
        using var certificate = CreateCertificate(folder);
        await using var azurite = await AzuriteServer.StartAsync("--oauth", "basic", "--cert", folder["cert.pem"], "--key", folder["key.pem"]);
        // Trusts the emulator's own certificate, and that one only.
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(certificate);
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } };
        using var transport = new HttpClientTransport(handler);
        var options = new AzureStorageOptions { RetryDelay = TimeSpan.FromMilliseconds(20) };
        var account = new StorageAccount(AzuriteServer.Account, azurite.BlobEndpoint, azurite.TableEndpoint, new StorageCredential.Identity(new TestIdentity()));
        var container = new BlobContainer(StorageService.OfBlobs(account, options, TimeProvider.System, transport), "mlops");
        var blobs = new AzureBlobStore(container, new LocalFileCache(folder["cache"], 0, TimeProvider.System), TimeProvider.System);
        var tables = new AzureTableStore(StorageService.OfTables(account, options, TimeProvider.System, transport), "mlops");

        await blobs.TryWriteAsync("models/m/1", "graph"u8.ToArray(), WriteCondition.IfAbsent, default);
        await blobs.MoveAsync("models/m/1", "models/m/2", default);
        Assert.NotNull(await tables.TryWriteAsync("notes", "p", "r", "{}", WriteCondition.IfAbsent, default));

        using var http = new HttpClient(handler, disposeHandler: false);
        var address = await new BlobSignature(container, account, TimeProvider.System).SignReadAsync("models/m/2", TimeSpan.FromHours(1), default);
        Assert.Contains("skoid=", address.Query, StringComparison.Ordinal);
        Assert.Equal("graph", await http.GetStringAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(new Uri(address.AbsoluteUri.Replace("models/m/2", "models/m/3", StringComparison.Ordinal)))).StatusCode);
    }

    private static X509Certificate2 CreateCertificate(TemporaryFolder folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(folder["cert.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    /// <summary>An identity whose tokens are what the emulator looks at: whom they are for, from whom, and when.</summary>
    private sealed class TestIdentity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal("https://storage.azure.com/.default", Assert.Single(requestContext.Scopes));
            var now = DateTimeOffset.UtcNow;
            var claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["aud"] = "https://storage.azure.com",
                ["iss"] = "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
                ["iat"] = now.ToUnixTimeSeconds(),
                ["nbf"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
                ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
                ["oid"] = "11059fcc-5514-4800-b5f8-49808b9cfab6",
                ["tid"] = "ab1f708d-50f6-404c-a006-d71b2ac7a606",
            };
            return new AccessToken($"{Encode(new { alg = "RS256", typ = "JWT" })}.{Encode(claims)}.{Encode("unsigned")}", now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));

        private static string Encode(object part) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(part))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
