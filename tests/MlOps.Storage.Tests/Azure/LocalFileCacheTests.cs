using MlOps.Storage.Blobs;

namespace MlOps.Storage.Tests.Azure;

public sealed class LocalFileCacheTests : IAsyncLifetime
{
    private FaultProxy _proxy = null!;

    public async Task InitializeAsync() => _proxy = await FaultProxy.StartAsync();

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    private int Downloads => _proxy.Requests.Count(r => r.StartsWith("GET", StringComparison.Ordinal));

    [Fact]
    public async Task A_version_is_fetched_once_also_by_many_at_once_and_a_new_one_anew()
    {
        await using var account = new AzureAccount(_proxy.ConnectionString);
        await account.Blobs.TryWriteAsync("d/data.parquet", "one"u8.ToArray(), WriteCondition.None, default);
        var files = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => account.Blobs.AsLocalFileAsync("d/data.parquet", default)));
        foreach (var file in files)
        {
            Assert.Equal("one", await File.ReadAllTextAsync(file.Path));
            Assert.EndsWith(".parquet", file.Path, StringComparison.Ordinal);
            file.Dispose();
        }
        Assert.Equal(1, Downloads);
        await account.Blobs.TryWriteAsync("d/data.parquet", "two"u8.ToArray(), WriteCondition.None, default);
        using var newer = await account.Blobs.AsLocalFileAsync("d/data.parquet", default);
        Assert.Equal("two", await File.ReadAllTextAsync(newer.Path));
        Assert.Equal(2, Downloads);
    }

    [Fact]
    public async Task What_is_in_use_stays_and_what_was_used_longest_ago_goes()
    {
        await using var account = new AzureAccount(_proxy.ConnectionString, o => o with { CacheBytes = 250 });
        foreach (var name in new[] { "a", "b", "c", "d" }) await account.Blobs.TryWriteAsync(name, new byte[100], WriteCondition.None, default);
        using var inUse = await account.Blobs.AsLocalFileAsync("a", default);
        foreach (var name in new[] { "b", "c", "d" })
        {
            (await account.Blobs.AsLocalFileAsync(name, default)).Dispose();
            await Task.Delay(20);
        }
        Assert.True(File.Exists(inUse.Path));
        var kept = Directory.EnumerateFiles(account.CacheFolder).Count();
        Assert.Equal(3, kept);
        using var again = await account.Blobs.AsLocalFileAsync("d", default);
        Assert.Equal(4, Downloads);
        using var gone = await account.Blobs.AsLocalFileAsync("b", default);
        Assert.Equal(5, Downloads);
    }

    [Fact]
    public async Task A_download_that_fails_leaves_nothing()
    {
        await using var account = new AzureAccount(_proxy.ConnectionString, o => o with { MaxRetries = 0 });
        await account.Blobs.TryWriteAsync("a", new byte[5_000_000], WriteCondition.None, default);
        _proxy.Meets = request => request.Method is "GET";
        _proxy.Next(new Fault.CutAnswer(1000), new Fault.Status(503));
        await Assert.ThrowsAnyAsync<IOException>(() => account.Blobs.AsLocalFileAsync("a", default));
        Assert.Empty(Directory.EnumerateFiles(account.CacheFolder));
        _proxy.Meets = _ => false;
        using var file = await account.Blobs.AsLocalFileAsync("a", default);
        Assert.Equal(5_000_000, new FileInfo(file.Path).Length);
    }
}
