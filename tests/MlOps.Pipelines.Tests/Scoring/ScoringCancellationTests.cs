using MlOps.Core.Scoring;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Scoring;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Tests.Scoring;

public sealed class ScoringCancellationTests
{
    private const string Rows = "size\n0\n1\nx\n3\n4\n";

    [Fact]
    public async Task A_job_cancelled_between_two_chunks_leaves_its_file_and_nothing_else()
    {
        await using var host = await StartAsync();
        var job = await AcceptAsync(host, "adding-stopped");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("FirstChunk", job.Id, new() { InstanceId = "first-chunk" });
        await host.EndOfAsync("first-chunk");
        Assert.Contains(job.Scored(2, 0), FilesOf(host, job));

        var asked = (await host.Get<ScoringDesk>().CancelAsync(job.Id, "ada", "The wrong file.", default))!;
        Assert.Equal((ScoringStatus.Cancelling, "ada", "The wrong file."), (asked.Status, asked.Cancellation!.By, asked.Cancellation.Reason));
        // Asked again, and by somebody else, it is the same cancellation.
        Assert.Equal(asked, await host.Get<ScoringDesk>().CancelAsync(job.Id, "bob", "Me too.", default));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("SecondChunk", job.Id, new() { InstanceId = "second-chunk" });
        Assert.False((await host.EndOfAsync("second-chunk")).ReadOutputAs<bool>());

        var end = await BatchScoringTests.EndOfAsync(host, job);
        Assert.Equal((ScoringStatus.Cancelled, "ada cancelled it: The wrong file.", 0L, null, null), (end.Status, end.Problem, end.Rows, end.Output, end.Refused));
        Assert.NotNull(end.FinishedAt);
        Assert.Equal([job.Source()], FilesOf(host, job));
        Assert.Equal(Rows, await File.ReadAllTextAsync(host.PathOf(job.Source())));
        Assert.Equal(["ada scoring.cancel", "mlops scoring.cancelled", "test scoring.requested"], (await BatchScoringTests.EventsAsync(host, job)).Order(StringComparer.Ordinal));
        Assert.Equal(end, await host.Get<ScoringDesk>().CancelAsync(job.Id, "ada", "The wrong file.", default));

        // What was cancelled begins again when it is asked for.
        var again = await BatchScoringTests.EndOfAsync(host, (await host.Get<ScoringDesk>().RetryAsync(job.Id, "ada", "It was the right one.", default))!);
        Assert.Equal((ScoringStatus.Done, 2, 4L, 1L, null), (again.Status, again.Attempt, again.Rows, again.RefusedRows, again.Cancellation));
    }

    [Fact]
    public async Task An_output_that_was_written_when_the_cancellation_came_is_no_result()
    {
        await using var host = await StartAsync();
        var job = await AcceptAsync(host, "adding-late");
        await host.WriteAsync(job.Output(), "row_number\n");
        await host.WriteAsync(job.RefusedOutput(), "row_number\n");
        await host.Get<ScoringDesk>().CancelAsync(job.Id, "ada", "The wrong file.", default);
        var end = await BatchScoringTests.EndOfAsync(host, job);
        Assert.Equal((ScoringStatus.Cancelled, null), (end.Status, end.Output));
        Assert.Equal([job.Source()], FilesOf(host, job));
    }

    [Fact]
    public async Task A_dropped_file_that_no_step_has_taken_yet_is_kept_with_the_job_and_not_taken_again()
    {
        await using var host = await StartAsync();
        await host.WriteAsync("scoring/adding/a.csv", Rows);
        var job = await AcceptAsync(host, "adding-dropped", drop: "scoring/adding/a.csv");
        await host.Get<ScoringDesk>().CancelAsync(job.Id, "ada", "The wrong file.", default);
        var end = await BatchScoringTests.EndOfAsync(host, job);
        Assert.Equal((ScoringStatus.Cancelled, null), (end.Status, end.Drop));
        Assert.Equal([job.Source()], FilesOf(host, job));
        Assert.False(File.Exists(host.PathOf("scoring/adding/a.csv")));
    }

    [Fact]
    public async Task While_a_job_is_being_cancelled_it_does_not_begin_again()
    {
        await using var host = await StartAsync();
        var job = await AcceptAsync(host, "adding-busy");
        await host.Get<ScoringStore>().CancelAsync(job.Id, new("ada", "The wrong file.", DateTimeOffset.UnixEpoch), default);
        await Assert.ThrowsAsync<ScoringBusyException>(() => host.Get<ScoringDesk>().RetryAsync(job.Id, "ada", "Again.", default));
        // A crash left it without its orchestration.
        await host.Get<ScoringDesk>().ReconcileAsync(default);
        Assert.Equal(ScoringStatus.Cancelled, (await BatchScoringTests.EndOfAsync(host, job)).Status);
    }

    [Fact]
    public async Task A_job_that_has_ended_stays_as_it_is()
    {
        await using var host = await StartAsync();
        var done = await BatchScoringTests.EndOfAsync(host, (await host.Get<ScoringDesk>().RetryAsync((await AcceptAsync(host, "adding-done")).Id, "ada", "Go.", default))!);
        Assert.Equal(ScoringStatus.Done, done.Status);
        Assert.Equal(done, await host.Get<ScoringDesk>().CancelAsync(done.Id, "ada", "Too late.", default));
        Assert.Null(await host.Get<ScoringDesk>().CancelAsync("adding-nobody", "ada", "No such job.", default));
        Assert.DoesNotContain("ada scoring.cancel", await BatchScoringTests.EventsAsync(host, done));
    }

    private static async Task<PipelineHost> StartAsync()
    {
        var host = await BatchScoringTests.StartAsync(chunkRows: 2, more: r => r
            .AddOrchestratorFunc<string, bool>("FirstChunk", async (context, id) =>
            {
                var plan = (await context.CallActivityAsync<ScoringPlan?>(nameof(PrepareScoring), id, StepRetry.Options))!;
                return await context.CallActivityAsync<bool>(nameof(ScoreChunk), new ChunkOrder(id, plan.ChunkRows, 0), StepRetry.Options);
            })
            .AddOrchestratorFunc<string, bool>("SecondChunk", (context, id) => context.CallActivityAsync<bool>(nameof(ScoreChunk), new ChunkOrder(id, 2, 1), StepRetry.Options)));
        await BatchScoringTests.ReleaseAsync(host, 3);
        return host;
    }

    /// <summary>Accepts a job, and stops there.</summary>
    private static async Task<ScoringJob> AcceptAsync(PipelineHost host, string id, string? drop = null)
    {
        var (manifest, _) = (await host.Get<EndpointStore>().TryGetAsync("adding", default))!.Value;
        var job = new ScoringJob
        {
            Id = id, Endpoint = "adding", File = "a.csv", ContentSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Rows))),
            Variant = "champion", Model = "adding", Version = 3, Package = manifest.Variants[0].Package!, Format = ScoringFormat.Csv, Status = ScoringStatus.Running, By = "test",
            Reason = "A test.", CreatedAt = DateTimeOffset.UnixEpoch, Drop = drop,
        };
        if (drop is null) await host.WriteAsync(job.Source(), Rows);
        return await host.Get<ScoringStore>().AcceptAsync(job, default);
    }

    private static List<string> FilesOf(PipelineHost host, ScoringJob job) =>
        [.. Directory.EnumerateFiles(host.PathOf(job.PlaceOf("")), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(host.PathOf(""), f))];
}
