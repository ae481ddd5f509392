using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Azure;
using MlOps.Storage.Azure.Connection;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure;

public class AzureStorageOptionsTests
{
    private static IReadOnlyList<string> ProblemsOf(AzureStorageOptions options) =>
        Assert.Throws<StorageSettingsException>(() => new ServiceCollection().AddAzureStorage(options)).Problems;

    [Fact]
    public void Nothing_at_all_says_what_to_set() => Assert.Contains("Storage:Account", Assert.Single(ProblemsOf(new())), StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once_each_with_its_setting()
    {
        var problems = ProblemsOf(new()
        {
            Account = "My Account",
            BlobServiceUri = "http://account.blob.core.windows.net",
            TableServiceUri = "nonsense",
            Container = "A",
            TablePrefix = "1-2",
            CacheBytes = -1,
            MaxRetries = 99,
            RetryDelay = TimeSpan.Zero,
            NetworkTimeout = TimeSpan.FromSeconds(-1),
        });
        string[] settings = ["Account", "BlobServiceUri", "TableServiceUri", "Container", "TablePrefix", "CacheBytes", "MaxRetries", "RetryDelay", "NetworkTimeout"];
        Assert.Equal(settings, problems.Select(p => p["Storage:".Length..p.IndexOf(' ', StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("AccountName=a;AccountKey=x", "base64")]
    [InlineData("AccountName=a", "AccountKey")]
    [InlineData("AccountKey=AAAA", "AccountName")]
    [InlineData("nonsense", "semicolons")]
    [InlineData("SharedAccessSignature=sv=1&sig=SECRET", "BlobEndpoint")]
    [InlineData("AccountName=a;AccountKey=SECRET==;BlobEndpoint=http://a.blob.core.windows.net", "https")]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=SECRET==", "https")]
    public void A_connection_string_that_cannot_be_used_is_told_without_quoting_its_secret(string text, string problem)
    {
        var problems = string.Join(' ', ProblemsOf(new() { ConnectionString = text }));
        Assert.Contains("Storage:ConnectionString", problems, StringComparison.Ordinal);
        Assert.Contains(problem, problems, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", problems, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_and_an_identity_at_once_are_one_too_many() =>
        Assert.Contains("both", Assert.Single(ProblemsOf(new() { ConnectionString = "UseDevelopmentStorage=true", Account = "account" })), StringComparison.Ordinal);

    [Theory]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10002/devstoreaccount1")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=AAAA;EndpointSuffix=core.usgovcloudapi.net", "https://acc.blob.core.usgovcloudapi.net/", "https://acc.table.core.usgovcloudapi.net/")]
    [InlineData("BlobEndpoint=https://a.example/;TableEndpoint=https://b.example/;SharedAccessSignature=?sv=1&sig=x", "https://a.example/", "https://b.example/")]
    public void A_connection_string_says_where(string text, string blobs, string tables)
    {
        var account = StorageConnectionString.Parse(text);
        Assert.Equal((blobs, tables), (account.BlobEndpoint.AbsoluteUri, account.TableEndpoint.AbsoluteUri));
        Assert.DoesNotContain("sig=", account.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_account_s_name_says_where_and_an_identity_asks()
    {
        var account = StorageAccount.Of(new() { Account = "acc", TableServiceUri = "https://tables.example" });
        Assert.Equal(("https://acc.blob.core.windows.net/", "https://tables.example/"), (account.BlobEndpoint.AbsoluteUri, account.TableEndpoint.AbsoluteUri));
        Assert.IsType<StorageCredential.Identity>(account.Credential);
        var service = StorageService.OfBlobs(account, new(), TimeProvider.System);
        Assert.Equal("https://acc.blob.core.windows.net/mlops/a%20b/c", service.Create("x", global::Azure.Core.RequestMethod.Get, "mlops/a%20b/c").Request.Uri.ToUri().AbsoluteUri);
    }

    [Fact]
    public async Task A_shared_access_signature_is_enough_for_everything_the_stores_do()
    {
        var azurite = await AzuriteServer.SharedAsync();
        var signature = AccountSignature.Create(AzuriteServer.Account, AzuriteServer.Key);
        await using var account = new AzureAccount($"BlobEndpoint={azurite.BlobEndpoint};TableEndpoint={azurite.TableEndpoint};SharedAccessSignature={signature}");
        await account.Blobs.TryWriteAsync("a/b c", "x"u8.ToArray(), MlOps.Storage.Blobs.WriteCondition.IfAbsent, default);
        await account.Blobs.MoveAsync("a/b c", "d", default);
        Assert.Equal("x"u8.ToArray(), (await account.Blobs.TryReadAsync("d", default))!.Content.ToArray());
        await account.Tables.TryWriteAsync("notes", "p", "r", "{}", MlOps.Storage.Blobs.WriteCondition.IfAbsent, default);
        Assert.Single((await account.Tables.QueryAsync("notes", new(), default)).Rows);
        await Assert.ThrowsAsync<InvalidOperationException>(() => account.Signature.SignReadAsync("d", TimeSpan.FromHours(1), default));
    }
}
