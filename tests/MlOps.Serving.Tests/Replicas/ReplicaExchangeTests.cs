using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Replicas;

/// <summary>Two processes behind one address: whichever is asked answers for both.</summary>
public sealed class ReplicaExchangeTests
{
    [Fact]
    public async Task Either_of_two_replicas_tells_what_both_have_done()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync(first.Home);
        EndpointVariant[] variants = [await first.AddModelAsync(1), await first.AddModelAsync(3, "candidate", 0) with { Mirror = 100 }];
        await first.SwitchAsync("sizes", variants);
        foreach (var replica in (ServingHost[])[first, second]) await replica.FollowsAsync("sizes", 1);

        for (var i = 0; i < 30; i++) await first.AskAsync("sizes", 100);
        for (var i = 0; i < 10; i++) await second.AskAsync("sizes", 0);
        for (var i = 0; i < 4; i++) await second.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size = "large" } } });

        foreach (var replica in (ServingHost[])[first, second])
        {
            var metrics = await replica.MetricsAsync("sizes", m => m.Of("champion")!.Requests is 44 && m.Of("candidate")!.Requests is 40);
            var (champion, candidate) = (metrics.Of("champion")!, metrics.Of("candidate")!);
            Assert.Equal((2, 4, 40), (metrics.Replicas, champion.Refused, champion.Rows));
            Assert.Equal(((30 * 101) + (10 * 1)) / 40.0, champion.PredictionMean!.Value, 6);
            Assert.Equal((40, 40), (champion.Scores!.Counts.Sum(), candidate.Scores!.Counts.Sum()));
            // 103 for 101 is within 5 %; 3 for 1 is not.
            Assert.Equal((40, 30, 2.0), (candidate.Mirror!.Rows, candidate.Mirror.Agreeing, candidate.Mirror.MeanDifference));
            Assert.NotNull(champion.LatencyP99);
            Assert.True(Assert.Single(metrics.OtherDevices!).ProcessMemoryBytes > 1 << 20);
        }
    }

    [Fact]
    public async Task A_candidate_that_fails_on_the_other_replica_is_seen_by_whoever_is_asked()
    {
        // The second one's model leaves its memory with each request, and is not to be had again.
        await using var first = await StartAsync();
        var storage = new FaultyBlobStore(new LocalBlobStore(first.Home, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, TimeProvider.System));
        await using var second = await StartAsync(first.Home, s => s.AddSingleton<IBlobStore>(storage).Configure<ServingOptions>(o => o.MaxModelBytes = 1));
        await first.SwitchAsync("sizes", await first.AddModelAsync(1), await first.AddModelAsync(2, "candidate", 0));
        foreach (var replica in (ServingHost[])[first, second]) await replica.FollowsAsync("sizes", 1);
        await second.AskAsync("sizes", 1);
        storage.BeforeRead = name => name.StartsWith(ModelPackage.PathOf("adding", 2), StringComparison.Ordinal) ? throw new IOException("The disk is broken.") : Task.CompletedTask;

        foreach (var replica in (ServingHost[])[first, second])
        {
            for (var i = 0; i < 5; i++) await replica.PostAsync("api/endpoints/sizes/variants/candidate/predict", new { instances = new[] { new { size = 1 } } });
        }

        var metrics = await first.MetricsAsync("sizes", m => m.Of("candidate")!.Requests is 10);
        Assert.Equal((5, 5), (metrics.Of("candidate")!.Errors, metrics.Of("candidate")!.Rows));
    }

    [Fact]
    public async Task What_a_replica_has_counted_outlives_it_and_not_the_hour()
    {
        await using var first = await StartAsync();
        await first.SwitchAsync("sizes", await first.AddModelAsync(1));
        await first.FollowsAsync("sizes", 1);
        await first.AskAsync("sizes", 1);
        var second = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.ReplicaInterval = TimeSpan.FromMinutes(5)), first.Home);
        await second.FollowsAsync("sizes", 1);
        await second.AskAsync("sizes", 1);
        // Told at the end alone.
        Assert.Equal(1, (await first.MetricsAsync("sizes"))!.Of("champion")!.Requests);
        await second.StopAsync();
        Assert.Equal(2, (await first.MetricsAsync("sizes"))!.Of("champion")!.Requests);

        foreach (var report in Directory.EnumerateFiles(first.PathOf("serving"))) File.SetLastWriteTimeUtc(report, DateTime.UtcNow.AddHours(-2));
        Assert.Equal(1, (await first.MetricsAsync("sizes"))!.Replicas);
        await using var third = await StartAsync(first.Home);
        await third.FollowsAsync("sizes", 1);
        await third.AskAsync("sizes", 1);
        await Eventually.HoldsAsync(() => !Directory.EnumerateFiles(first.PathOf("serving")).Any(f => File.GetLastWriteTimeUtc(f) < DateTime.UtcNow.AddHours(-1)));
    }

    private static Task<ServingHost> StartAsync(string? home = null, Action<IServiceCollection>? configure = null) => ServingHost.StartAsync(
        s =>
        {
            s.Configure<ServingOptions>(o => o.ReplicaInterval = TimeSpan.FromMilliseconds(50));
            configure?.Invoke(s);
        },
        home);
}
