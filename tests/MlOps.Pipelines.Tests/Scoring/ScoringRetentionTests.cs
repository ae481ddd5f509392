using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Core.Scoring;
using MlOps.Pipelines.Scoring;
using MlOps.Storage.Blobs;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Tests.Scoring;

public sealed class ScoringRetentionTests
{
    [Fact]
    public async Task Files_are_deleted_once_they_were_kept_as_long_as_the_pipeline_says()
    {
        await using var host = await BatchScoringTests.StartAsync(scoring: "{ keep: 30d }");
        await BatchScoringTests.ReleaseAsync(host, 3);
        var job = await BatchScoringTests.EndOfAsync(host, await SubmitAsync(host));
        var (clock, retention) = Retention(host, job);
        await retention.PruneAsync(default);
        Assert.Equal(job, await host.Get<ScoringStore>().TryGetAsync(job.Id, default));
        // Within the hour nobody looks again.
        clock.Set(job.FinishedAt!.Value + TimeSpan.FromMinutes(59));
        await retention.PruneAsync(default);
        clock.Set(job.FinishedAt.Value + TimeSpan.FromDays(30));
        await retention.PruneAsync(default);
        Assert.True(File.Exists(host.PathOf(job.Output!)));

        clock.Set(job.FinishedAt.Value + TimeSpan.FromDays(30) + TimeSpan.FromHours(2));
        await retention.PruneAsync(default);
        var old = (await host.Get<ScoringStore>().TryGetAsync(job.Id, default))!;
        Assert.Equal(job with { Files = ScoringFiles.Deleted, Output = null, Refused = null }, old);
        Assert.False(Directory.Exists(host.PathOf(job.PlaceOf(""))) && Directory.EnumerateFiles(host.PathOf(job.PlaceOf("")), "*", SearchOption.AllDirectories).Any());
        Assert.Equal("mlops scoring.deleted", (await BatchScoringTests.EventsAsync(host, job))[0]);

        // Sent again, it is scored again.
        var again = await BatchScoringTests.EndOfAsync(host, await SubmitAsync(host));
        Assert.Equal((job.Id, 2, ScoringStatus.Done, ScoringFiles.Kept), (again.Id, again.Attempt, again.Status, again.Files));
        Assert.True(File.Exists(host.PathOf(again.Output!)));
    }

    [Fact]
    public async Task What_a_crash_left_half_deleted_is_deleted_and_not_begun_again_in_between()
    {
        await using var host = await BatchScoringTests.StartAsync(scoring: "{ keep: 30d }");
        await BatchScoringTests.ReleaseAsync(host, 3);
        var job = await BatchScoringTests.EndOfAsync(host, await SubmitAsync(host));
        Assert.True(await host.Get<ScoringStore>().TryForgetAsync(job, "It is old.", default));
        await Assert.ThrowsAsync<ScoringBusyException>(() => SubmitAsync(host));
        await Retention(host, job).Retention.PruneAsync(default);
        Assert.Equal(ScoringFiles.Deleted, (await host.Get<ScoringStore>().TryGetAsync(job.Id, default))!.Files);
        Assert.False(File.Exists(host.PathOf(job.Source())));
        Assert.Single(await BatchScoringTests.EventsAsync(host, job), "mlops scoring.deleted");
        // A job that began again since is another's.
        Assert.False(await host.Get<ScoringStore>().TryForgetAsync(job with { Attempt = 7 }, "It is old.", default));
    }

    [Theory]
    [InlineData("{ output: csv }")]
    [InlineData("{ keep: nonsense }")]
    public async Task Where_no_file_says_how_long_everything_stays(string scoring)
    {
        await using var host = await BatchScoringTests.StartAsync(scoring: scoring);
        await BatchScoringTests.ReleaseAsync(host, 3);
        var job = await BatchScoringTests.EndOfAsync(host, await SubmitAsync(host));
        var (clock, retention) = Retention(host, job);
        clock.Advance(TimeSpan.FromDays(36_500));
        await retention.PruneAsync(default);
        Assert.Equal(job, await host.Get<ScoringStore>().TryGetAsync(job.Id, default));
        Assert.True(File.Exists(host.PathOf(job.Output!)));
    }

    private static (ManualTime Clock, ScoringRetention Retention) Retention(PipelineHost host, ScoringJob job)
    {
        var clock = new ManualTime(job.FinishedAt!.Value);
        return (clock, new ScoringRetention(host.Get<ScoringStore>(), host.Get<ScoringSettings>(), host.Get<IBlobStore>(), clock, NullLogger<ScoringRetention>.Instance));
    }

    private static async Task<ScoringJob> SubmitAsync(PipelineHost host)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("size\n1\nx\n"));
        return await host.Get<ScoringDesk>().SubmitAsync("adding", "sizes.csv", stream, null, "test", "A test.", default);
    }
}
