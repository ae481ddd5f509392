using MlOps.Core.Scoring;
using MlOps.Pipelines.Scoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Tests.Scoring;

public sealed class ScoringScanTests
{
    [Fact]
    public async Task Each_dropped_file_becomes_a_job_of_its_own_and_what_cannot_be_taken_stays_and_says_why()
    {
        await using var host = await BatchScoringTests.StartAsync();
        await BatchScoringTests.ReleaseAsync(host, 3);
        await BatchScoringTests.ReleaseAsync(host, 4, weight: 0, endpoint: "staged");
        await host.WriteAsync("scoring/adding/a.csv", "size\n1\n");
        await host.WriteAsync("scoring/adding/b.csv", "sise\n1\n");
        await host.WriteAsync("scoring/adding/c.csv.part", "size\n3\n");
        await host.WriteAsync("scoring/adding/folder/d.csv", "size\n4\n");
        await host.WriteAsync("scoring/nobody/e.csv", "size\n5\n");
        await host.WriteAsync("scoring/staged/f.csv", "size\n6\n");
        await host.WriteAsync("scoring/g.csv", "size\n7\n");
        File.CreateSymbolicLink(host.PathOf("scoring/adding/h.csv"), host.PathOf("scoring/g.csv"));

        var jobs = await TakenAsync(host, 2);
        var ends = await Task.WhenAll(jobs.Select(j => BatchScoringTests.EndOfAsync(host, j)));

        Assert.Equal([("a.csv", ScoringStatus.Done), ("b.csv", ScoringStatus.Failed)], ends.Select(j => (j.File, j.Status)).Order());
        Assert.All(ends, j => Assert.Equal(("drop", $"Dropped: {j.File}.", null), (j.By, j.Reason, j.Drop)));
        Assert.All(ends, j => Assert.True(File.Exists(host.PathOf(j.Source()))));
        Assert.False(File.Exists(host.PathOf("scoring/adding/a.csv")) || File.Exists(host.PathOf("scoring/adding/b.csv")));
        var left = (await host.Get<ScoringScan>().ListLeftAsync(default)).ToDictionary(l => l.File, l => l.Problem);
        Assert.Equal(["scoring/adding/folder/", "scoring/adding/h.csv", "scoring/g.csv", "scoring/nobody/e.csv", "scoring/staged/f.csv"], left.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("no endpoint 'nobody'", left["scoring/nobody/e.csv"], StringComparison.Ordinal);
        Assert.Contains("no version in production", left["scoring/staged/f.csv"], StringComparison.Ordinal);

        // What was missing is there now.
        await BatchScoringTests.ReleaseAsync(host, 5, endpoint: "nobody");
        Assert.Contains(await TakenAsync(host, 3), j => j.File is "e.csv" && j.Version is 5);
    }

    [Fact]
    public async Task The_same_file_dropped_again_is_the_same_job_and_after_a_failure_begins_again()
    {
        await using var host = await BatchScoringTests.StartAsync();
        await BatchScoringTests.ReleaseAsync(host, 3);
        await host.WriteAsync("scoring/adding/a.csv", "size\n1\n");
        var first = await BatchScoringTests.EndOfAsync(host, Assert.Single(await TakenAsync(host, 1)));
        await host.WriteAsync("scoring/adding/a.csv", "size\n1\n");
        await GoneAsync(host, "scoring/adding/a.csv");
        Assert.Equal([first], await host.Get<ScoringStore>().ListAsync("adding", default));

        await host.WriteAsync("scoring/adding/b.csv", "sise\n1\n");
        var failed = await BatchScoringTests.EndOfAsync(host, (await TakenAsync(host, 2)).Single(j => j.File is "b.csv"));
        await host.WriteAsync("scoring/adding/b.csv", "sise\n1\n");
        await GoneAsync(host, "scoring/adding/b.csv");
        var again = await BatchScoringTests.EndOfAsync(host, failed with { Attempt = 2 });
        Assert.Equal((ScoringStatus.Failed, 2, failed.Id), (again.Status, again.Attempt, again.Id));
        Assert.Equal(
            ["scoring.failed", "scoring.retried", "scoring.failed", "scoring.requested"],
            (await host.Get<AuditLog>().ListAsync(new() { Subject = $"scoring/{failed.Id}" }, default)).Entries.Select(e => e.Event.Action));
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_taken_is_a_job_of_its_own()
    {
        await using var host = await BatchScoringTests.StartAsync();
        await BatchScoringTests.ReleaseAsync(host, 3);
        await host.WriteAsync("scoring/adding/a.csv", "size\n1\n");
        var drops = host.Get<ScoringDrops>();
        var job = await BatchScoringTests.EndOfAsync(host, Assert.Single(await TakenAsync(host, 1)));

        await host.WriteAsync("scoring/adding/a.csv", "size\n2\n");
        Assert.False(await drops.TakeAsync(job, "scoring/adding/a.csv", default));
        Assert.Equal("size\n2\n", await File.ReadAllTextAsync(host.PathOf("scoring/adding/a.csv")));
        Assert.Equal("size\n1\n", await File.ReadAllTextAsync(host.PathOf(job.Source())));
        Assert.Equal(2, (await TakenAsync(host, 2)).Count);
    }

    /// <summary>Looks until there are as many jobs.</summary>
    private static async Task<IReadOnlyList<ScoringJob>> TakenAsync(PipelineHost host, int count)
    {
        IReadOnlyList<ScoringJob> jobs = [];
        await UntilAsync(async () =>
        {
            await host.Get<ScoringScan>().ScanAsync(default);
            return (jobs = await host.Get<ScoringStore>().ListAsync(null, default)).Count >= count;
        });
        return jobs;
    }

    private static Task GoneAsync(PipelineHost host, string drop) => UntilAsync(async () =>
    {
        await host.Get<ScoringScan>().ScanAsync(default);
        return !File.Exists(host.PathOf(drop));
    });

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        await Eventually.GetAsync(condition, holds => holds);
    }
}
