using System.Text;
using Microsoft.Extensions.Configuration;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Scoring;
using MlOps.Serving.Tests;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;
using MlOps.Storage.Scoring;

namespace MlOps.Pipelines.Tests.Scoring;

public sealed class BatchScoringTests
{
    [Fact]
    public async Task A_file_is_scored_over_several_chunks_and_its_bad_rows_set_apart()
    {
        await using var host = await StartAsync(chunkRows: 100);
        await ReleaseAsync(host, 3);
        var csv = "id,size\n" + string.Join('\n', Enumerable.Range(0, 1050).Select(i => i is 500 ? "x,wide" : $"x,{i}")) + '\n';

        var job = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", csv));

        Assert.Equal((ScoringStatus.Done, 1049, 1), (job.Status, job.Rows, job.RefusedRows));
        Assert.Equal(("champion", "adding", 3, "test", "A test."), (job.Variant, job.Model, job.Version, job.By, job.Reason));
        var lines = await File.ReadAllLinesAsync(host.PathOf(job.Output!));
        Assert.Equal("row_number,id,size,prediction,model_version", lines[0]);
        // The model adds 3: every row of the file is there once, in its order, under the number that it has in the file.
        Assert.Equal(Enumerable.Range(0, 1050).Where(i => i is not 500).Select(i => $"{i + 1},x,{i}.0,{i + 3},3"), lines[1..]);
        Assert.Equal(["row_number,line,column,value,reason", "501,502,size,wide,a number is expected."], await File.ReadAllLinesAsync(host.PathOf(job.Refused!)));
        Assert.False(Directory.Exists(host.PathOf(job.PlaceOf("work"))) && Directory.EnumerateFiles(host.PathOf(job.PlaceOf("work")), "*", SearchOption.AllDirectories).Any());
        Assert.Equal(["scoring.done", "scoring.requested"], await AuditedAsync(host, job));
    }

    [Fact]
    public async Task The_same_file_for_the_same_version_is_one_job_and_for_the_next_version_another()
    {
        await using var host = await StartAsync();
        await ReleaseAsync(host, 3);
        var first = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        var written = File.GetLastWriteTimeUtc(host.PathOf(first.Output!));
        Assert.Equal(first, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(host.PathOf(first.Output!)));

        var parquet = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n", ScoringFormat.Parquet));
        await ReleaseAsync(host, 4);
        var next = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        Assert.Equal(3, new[] { first.Id, parquet.Id, next.Id }.Distinct().Count());
        Assert.EndsWith("scored.parquet", parquet.Output, StringComparison.Ordinal);
        Assert.Equal("1,1.0,5,4", (await File.ReadAllLinesAsync(host.PathOf(next.Output!)))[1]);
    }

    [Fact]
    public async Task A_job_keeps_its_version_over_a_release_and_a_crash()
    {
        await using var host = await StartAsync();
        await ReleaseAsync(host, 3);
        // As a crash leaves it: the file and the record are there, the orchestration is not; and version 4 is released before the restart.
        var asked = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        var interrupted = asked with { Id = "adding-interrupted", Status = ScoringStatus.Running, Output = null, FinishedAt = null };
        await host.WriteAsync(interrupted.Source(), "size\n1\n");
        await host.Get<ScoringStore>().AcceptAsync(interrupted, default);
        await ReleaseAsync(host, 4);
        await host.Get<ScoringDesk>().ReconcileAsync(default);

        var job = await EndOfAsync(host, interrupted);
        Assert.Equal((ScoringStatus.Done, 3), (job.Status, job.Version));
        Assert.Equal("1,1.0,4,3", (await File.ReadAllLinesAsync(host.PathOf(job.Output!)))[1]);
    }

    [Fact]
    public async Task A_failed_job_keeps_its_file_says_why_and_begins_again_when_asked()
    {
        await using var host = await StartAsync();
        await ReleaseAsync(host, 3);
        await File.WriteAllBytesAsync(host.PathOf(ModelPackage.PathOf("adding", 3) + ModelPackage.Model), AddingModel.Of(30));
        var failed = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        Assert.Equal(ScoringStatus.Failed, failed.Status);
        Assert.Contains("is not what was registered", failed.Problem, StringComparison.Ordinal);
        Assert.Equal("size\n1\n", await File.ReadAllTextAsync(host.PathOf(failed.Source())));

        await File.WriteAllBytesAsync(host.PathOf(ModelPackage.PathOf("adding", 3) + ModelPackage.Model), AddingModel.Of(3));
        var again = await EndOfAsync(host, (await host.Get<ScoringDesk>().RetryAsync(failed.Id, "ada", "The model is restored.", default))!);
        Assert.Equal((ScoringStatus.Done, 2, "ada"), (again.Status, again.Attempt, again.By));
        Assert.Null(again.Problem);
        Assert.Equal(["scoring.done", "scoring.retried", "scoring.failed", "scoring.requested"], await AuditedAsync(host, again));
    }

    [Fact]
    public async Task Steps_that_run_twice_leave_one_output()
    {
        await using var host = await StartAsync(chunkRows: 2, more: r => r.AddOrchestratorFunc<string, bool>("Twice", async (context, id) =>
        {
            Task<T[]> TwiceAsync<T>(string activity, object input) =>
                Task.WhenAll(context.CallActivityAsync<T>(activity, input, StepRetry.Options), context.CallActivityAsync<T>(activity, input, StepRetry.Options));
            var plan = (await TwiceAsync<ScoringPlan>(nameof(PrepareScoring), id))[1];
            foreach (var chunk in Enumerable.Range(0, plan.Chunks)) await TwiceAsync<bool>(nameof(ScoreChunk), new ChunkOrder(id, plan.ChunkRows, chunk));
            return (await TwiceAsync<bool>(nameof(CloseScoring), new ScoringEnd(id, plan, null))).All(done => done);
        }));
        await ReleaseAsync(host, 3);
        var example = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n7\n"));
        var twice = example with { Id = "adding-twice", Status = ScoringStatus.Running, Output = null, FinishedAt = null };
        var content = "size\n0\n1\nx\n3\n4\n";
        await host.WriteAsync(twice.Source(), content);
        await host.Get<ScoringStore>().AcceptAsync(twice, default);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Twice", twice.Id, new() { InstanceId = "twice" });

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.EndOfAsync("twice")).RuntimeStatus);
        var job = (await host.Get<ScoringStore>().TryGetAsync(twice.Id, default))!;
        Assert.Equal((ScoringStatus.Done, 4, 1), (job.Status, job.Rows, job.RefusedRows));
        Assert.Equal(["1,0.0,3,3", "2,1.0,4,3", "4,3.0,6,3", "5,4.0,7,3"], (await File.ReadAllLinesAsync(host.PathOf(job.Output!)))[1..]);
        Assert.Single(await AuditedAsync(host, job), "scoring.done");
    }

    [Fact]
    public async Task The_pipeline_says_what_comes_out_and_how_files_are_cut_and_the_request_has_the_last_word()
    {
        await using var host = await StartAsync(scoring: "{ output: parquet, chunkRows: 3 }", more: r => r.AddOrchestratorFunc<string, ScoringPlan?>(
            "Plan", (context, id) => context.CallActivityAsync<ScoringPlan?>(nameof(PrepareScoring), id, StepRetry.Options)));
        await ReleaseAsync(host, 3);
        var csv = "size\n" + string.Concat(Enumerable.Range(0, 10).Select(i => $"{i}\n"));
        var asPipelineSays = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", csv));
        Assert.Equal((ScoringFormat.Parquet, 10), (asPipelineSays.Format, asPipelineSays.Rows));
        Assert.Equal(ScoringFormat.Csv, (await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", csv, ScoringFormat.Csv))).Format);

        var prepared = asPipelineSays with { Id = "adding-prepared", Status = ScoringStatus.Running, Output = null, FinishedAt = null };
        await host.WriteAsync(prepared.Source(), csv);
        await host.Get<ScoringStore>().AcceptAsync(prepared, default);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Plan", prepared.Id, new() { InstanceId = "plan" });
        Assert.Equal(new ScoringPlan(4, 3), (await host.EndOfAsync("plan")).ReadOutputAs<ScoringPlan>());
    }

    [Fact]
    public async Task A_file_without_rows_gives_an_output_without_rows()
    {
        await using var host = await StartAsync();
        await ReleaseAsync(host, 3);
        var job = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n"));
        Assert.Equal((ScoringStatus.Done, 0, 0), (job.Status, job.Rows, job.RefusedRows));
        Assert.Equal(["row_number,size,prediction,model_version"], await File.ReadAllLinesAsync(host.PathOf(job.Output!)));
    }

    [Fact]
    public async Task An_endpoint_without_a_version_takes_nothing()
    {
        await using var host = await StartAsync();
        Assert.False((await Assert.ThrowsAsync<ScoringUnavailableException>(() => SubmitAsync(host, "sizes.csv", "size\n1\n"))).IsKnown);
        await ReleaseAsync(host, 3, weight: 0);
        Assert.True((await Assert.ThrowsAsync<ScoringUnavailableException>(() => SubmitAsync(host, "sizes.csv", "size\n1\n"))).IsKnown);
    }

    /// <param name="chunkRows">Records of a chunk.</param>
    /// <param name="more">Orchestrators of the test's own.</param>
    /// <param name="scoring">What the pipeline says of it; <see langword="null"/>: there is none for the endpoint.</param>
    internal static Task<PipelineHost> StartAsync(int chunkRows = 122_880, Action<DurableTaskRegistry>? more = null, string? scoring = null) => PipelineHost.StartAsync(
        configure: c => c.AddInMemoryCollection([new("Pipelines:ScoringChunkRows", $"{chunkRows}"), new("Pipelines:QuietPeriod", "00:00:00.05")]),
        more: more,
        pipeline: scoring is null ? PipelineHost.Pipeline : $"{PipelineHost.Pipeline}\nrelease: {{ endpoint: adding }}\nscoring: {scoring}");

    internal static async Task<ScoringJob> EndOfAsync(PipelineHost host, ScoringJob job)
    {
        await host.EndOfAsync(ScoringDesk.InstanceOf(job));
        return (await host.Get<ScoringStore>().TryGetAsync(job.Id, default))!;
    }

    internal static async Task ReleaseAsync(PipelineHost host, int version, int weight = 100, string endpoint = "adding")
    {
        var blobs = host.Get<IBlobStore>();
        var path = ModelPackage.PathOf("adding", version);
        IReadOnlyList<FeatureDefinition> inputs = [new("size", "size", FeatureKind.Number)];
        await blobs.WriteJsonAsync(path + ModelPackage.Signature, new ModelSignature { Inputs = inputs, Task = LearningTask.Regression }, default);
        await blobs.WriteJsonAsync(
            path + ModelPackage.Features,
            new FeatureTransform { Columns = [new() { Name = "size", Type = ColumnType.Double }], Features = inputs, Label = new("answer", "size", LearningTask.Regression, []) },
            default);
        await blobs.WriteJsonAsync(path + ModelPackage.Inputs, new InputProfile(), default);
        await blobs.WriteJsonAsync(path + ModelPackage.Golden, new GoldenRows([], []), default);
        await blobs.TryWriteAsync(path + ModelPackage.Model, AddingModel.Of(version), WriteCondition.None, default);
        var sums = await VerifiedPackage.SealAsync(blobs, path, default);
        await blobs.WriteJsonAsync(
            $"endpoints/{endpoint}/manifest.json",
            new EndpointManifest
            {
                Endpoint = endpoint,
                Revision = version,
                Variants = [new(weight > 0 ? EndpointVariant.Champion : EndpointVariant.Candidate, "adding", version, sums.Of(ModelPackage.Model)!, weight) { Package = sums.Sha256 }],
                UpdatedAt = DateTimeOffset.UnixEpoch,
                UpdatedBy = "test",
                Reason = "A test.",
            },
            default);
    }

    private static async Task<ScoringJob> SubmitAsync(PipelineHost host, string file, string content, ScoringFormat? format = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        return await host.Get<ScoringDesk>().SubmitAsync("adding", file, stream, format, "test", "A test.", default);
    }

    /// <summary>Who did what to a job, the newest first.</summary>
    internal static async Task<List<string>> EventsAsync(PipelineHost host, ScoringJob job) =>
        [.. (await host.Get<AuditLog>().ListAsync(new() { Subject = $"scoring/{job.Id}" }, default)).Entries.Select(e => $"{e.Event.Actor} {e.Event.Action}")];

    private static async Task<List<string>> AuditedAsync(PipelineHost host, ScoringJob job) =>
        [.. (await host.Get<AuditLog>().ListAsync(new() { Subject = $"scoring/{job.Id}" }, default)).Entries.Select(e => e.Event.Action)];
}
