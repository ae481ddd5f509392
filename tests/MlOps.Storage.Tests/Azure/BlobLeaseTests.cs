using MlOps.Storage.Blobs;

namespace MlOps.Storage.Tests.Azure;

public sealed class BlobLeaseTests : IAsyncLifetime
{
    private readonly string _mine = Guid.NewGuid().ToString();
    private readonly string _theirs = Guid.NewGuid().ToString();
    private AzureAccount _account = null!;

    public async Task InitializeAsync()
    {
        _account = await AzureAccount.CreateAsync();
        await _account.Blobs.TryWriteAsync("system/owner", "x"u8.ToArray(), WriteCondition.None, default);
    }

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Fact]
    public async Task One_holds_it_at_a_time_and_takes_it_up_again()
    {
        var (mine, theirs) = (_account.LeaseOn("system/owner", _mine), _account.LeaseOn("system/owner", _theirs));
        Assert.True(await mine.TryAcquireAsync(default));
        Assert.False(await theirs.TryAcquireAsync(default));
        Assert.False(await theirs.TryRenewAsync(default));
        Assert.True(await mine.TryRenewAsync(default));
        // The same holder, started again after a crash.
        Assert.True(await _account.LeaseOn("system/owner", _mine).TryAcquireAsync(default));
        await mine.ReleaseAsync(default);
        Assert.True(await theirs.TryAcquireAsync(default));
        Assert.False(await mine.TryRenewAsync(default));
        await theirs.ReleaseAsync(default);
    }

    [Fact]
    public async Task One_that_expired_is_the_next_one_s_and_is_not_renewed()
    {
        var (mine, theirs) = (_account.LeaseOn("system/owner", _mine), _account.LeaseOn("system/owner", _theirs));
        Assert.True(await mine.TryAcquireAsync(TimeSpan.FromSeconds(15), default));
        var taken = false;
        for (var i = 0; i < 120 && !taken; i++)
        {
            await Task.Delay(500);
            taken = await theirs.TryAcquireAsync(default);
        }
        Assert.True(taken);
        Assert.False(await mine.TryRenewAsync(default));
        await theirs.ReleaseAsync(default);
    }
}
