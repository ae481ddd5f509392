using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Prediction;

/// <summary>A shadow that does badly. With a budget of one byte its model leaves the memory with each answer and has to be read again.</summary>
public sealed class ShadowTests
{
    private const int MirrorsAtOnce = 32;

    [Fact]
    public async Task A_shadow_that_fails_fails_for_itself()
    {
        await using var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.MaxModelBytes = 1));
        await FollowAsync(host);
        foreach (var file in Directory.EnumerateFiles(host.PathOf(ModelPackage.PathOf("adding", 2)))) File.Delete(file);
        for (var i = 0; i < 50; i++) Assert.Equal((200, 1, i + 1), await host.AskAsync("sizes", i));

        var metrics = await host.MetricsAsync("sizes", m => m.Of("shadow")!.Requests is 50);
        Assert.Equal((50, 0), (metrics.Of("shadow")!.Errors, metrics.Of("shadow")!.Mirror!.Rows));
        Assert.Equal((50, 0, 0), (metrics.Of("champion")!.Requests, metrics.Of("champion")!.Errors, metrics.Of("champion")!.Refused));
        Assert.Equal(200, (await host.ReadyAsync()).Status);
    }

    [Fact]
    public async Task A_shadow_that_hangs_holds_no_answer_up_and_no_more_copies_than_may_wait()
    {
        const int waiting = 8;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var home = Directory.CreateTempSubdirectory("mlops-serving-").FullName;
        var storage = new FaultyBlobStore(new LocalBlobStore(home, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, TimeProvider.System));
        await using var host = await ServingHost.StartAsync(
            s => s.AddSingleton<IBlobStore>(storage).Configure<ServingOptions>(o => (o.MaxModelBytes, o.MaxWaitingMirrors) = (1, waiting)), home);
        await FollowAsync(host);
        // The champion is asked, and its shadow let go for it.
        await host.AskAsync("sizes", 0);
        await host.MetricsAsync("sizes", m => m.Of("shadow")!.Requests is 1);
        await host.PostAsync("api/endpoints/sizes/variants/champion/predict", new { instances = new[] { new { size = 0 } } });
        storage.BeforeRead = name => name.StartsWith(ModelPackage.PathOf("adding", 2), StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;

        for (var i = 0; i < 200; i++) Assert.Equal((200, 1, i + 1), await host.AskAsync("sizes", i));
        Assert.Equal(1, (await host.MetricsAsync("sizes"))!.Of("shadow")!.Requests);

        gate.SetResult();
        await host.AskAsync("sizes", 0);
        var shadow = (await host.MetricsAsync("sizes", m => m.Of("shadow")!.Requests > 1)).Of("shadow")!;
        Assert.InRange(shadow.Requests, 2, 1 + MirrorsAtOnce + waiting + 1);
        Assert.Equal(0, shadow.Errors);
    }

    private static async Task FollowAsync(ServingHost host)
    {
        EndpointVariant[] variants = [await host.AddModelAsync(1), await host.AddModelAsync(2, "shadow", 0) with { Mirror = 100 }];
        await host.SwitchAsync("sizes", variants);
        await host.FollowsAsync("sizes", 1);
    }
}
