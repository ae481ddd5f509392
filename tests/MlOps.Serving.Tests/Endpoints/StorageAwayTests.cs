using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Endpoints;

public sealed class StorageAwayTests
{
    [Fact]
    public async Task While_storage_is_away_the_last_good_model_answers_and_afterwards_the_next_one_is_taken_up()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        var next = await host.AddModelAsync(2);

        // As an unmounted share looks: empty.
        var (endpoints, models) = (host.PathOf("endpoints"), host.PathOf("models"));
        // The models first: manifests that are gone while their models are there have been deleted.
        Directory.Move(models, models + "-away");
        Directory.Move(endpoints, endpoints + "-away");
        await host.WarnsAsync("storage seems to be away");
        Assert.Equal((200, 1, 8), await host.AskAsync("sizes", 7));
        Assert.Equal(200, (await host.ReadyAsync()).Status);

        Directory.Move(models + "-away", models);
        Directory.Move(endpoints + "-away", endpoints);
        await host.SwitchAsync("sizes", next);
        await host.AnswersAsync("sizes", 200, 2);
    }

    [Fact]
    public async Task A_start_without_storage_serves_what_was_served_last()
    {
        var cache = Directory.CreateTempSubdirectory("mlops-cache-").FullName;
        List<string?> Kept(int version) => Path.Combine(cache, ModelPackage.PathOf("adding", version)) is var folder && Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName)] : [];
        try
        {
            await using (var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.CacheFolder = cache)))
            {
                await host.SwitchAsync("sizes", await host.AddModelAsync(1), await host.AddModelAsync(2, "staging", 0));
                await host.AnswersAsync("sizes", 200, 1);
                await host.SwitchAsync("sizes", await host.AddModelAsync(3));
                await host.AnswersAsync("sizes", 200, 3);
                await Eventually.HoldsAsync(
                    () => Kept(3).Contains(ModelPackage.Model) && Kept(1).Count is 0, () => $"version 1: {string.Join(' ', Kept(1))}, version 3: {string.Join(' ', Kept(3))}");
            }

            await using var restarted = await ServingHost.StartAsync(s =>
            {
                s.AddSingleton<IBlobStore, StorageThatIsAway>();
                s.Configure<ServingOptions>(o => o.CacheFolder = cache);
            });
            Assert.Equal((200, 3, 8), await restarted.AskAsync("sizes", 5));
            Assert.Equal(200, (await restarted.ReadyAsync()).Status);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [Fact]
    public async Task Without_storage_and_without_anything_kept_the_process_is_alive_and_not_ready()
    {
        await using var host = await ServingHost.StartAsync(s => s.AddSingleton<IBlobStore, StorageThatIsAway>());
        var (status, body) = await host.ReadyAsync();
        Assert.Equal(503, status);
        Assert.Contains("were not read yet", body, StringComparison.Ordinal);
        Assert.True((await host.Http.GetAsync("health/live")).IsSuccessStatusCode);
    }

    public static TheoryData<string> KeptFiles() => [.. ModelPackage.Released, ModelPackage.Sums];

    [Theory]
    [MemberData(nameof(KeptFiles))]
    public async Task What_was_kept_and_then_changed_is_not_served(string file)
    {
        var cache = Directory.CreateTempSubdirectory("mlops-cache-").FullName;
        try
        {
            await using (var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.CacheFolder = cache)))
            {
                await host.SwitchAsync("sizes", await host.AddModelAsync(1));
                await host.AnswersAsync("sizes", 200, 1);
                await Eventually.HoldsAsync(() => File.Exists(Path.Combine(cache, "endpoints/sizes/manifest.json")));
            }

            var kept = Path.Combine(cache, ModelPackage.PathOf("adding", 1), file);
            await File.WriteAllBytesAsync(kept, [.. await File.ReadAllBytesAsync(kept), (byte)'\n']);
            await using var restarted = await ServingHost.StartAsync(s =>
            {
                s.AddSingleton<IBlobStore, StorageThatIsAway>();
                s.Configure<ServingOptions>(o => o.CacheFolder = cache);
            });
            Assert.Equal(404, (await restarted.AskAsync("sizes", 5)).Status);
            Assert.Equal(503, (await restarted.ReadyAsync()).Status);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    /// <summary>As a remote store that cannot be reached.</summary>
    private sealed class StorageThatIsAway : IBlobStore
    {
        private static IOException Away => new("The storage cannot be reached.");

        public Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken) => throw Away;

        public Task<Stream> OpenReadAsync(string name, CancellationToken cancellationToken) => throw Away;

        public Task<BlobContent?> TryReadAsync(string name, CancellationToken cancellationToken) => throw Away;

        public Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken) => throw Away;

        public Task<string> UploadAsync(string localPath, string name, CancellationToken cancellationToken) => throw Away;

        public Task<string?> TryCreateAsync(string localPath, string name, CancellationToken cancellationToken) => throw Away;

        public Task<LocalFile> AsLocalFileAsync(string name, CancellationToken cancellationToken) => throw Away;

        public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => throw Away;

        public Task MoveAsync(string from, string to, CancellationToken cancellationToken) => throw Away;

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw Away;
    }
}
