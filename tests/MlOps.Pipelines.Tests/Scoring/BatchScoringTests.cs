using System.Text;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Core.Specification;
using MlOps.Pipelines.Scoring;
using MlOps.Serving.Tests;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Tests.Scoring;

public sealed class BatchScoringTests
{
    [Fact]
    public async Task A_file_is_scored_once_over_several_chunks_and_its_bad_row_set_apart()
    {
        await using var host = await PipelineHost.StartAsync();
        await ReleaseAsync(host);
        var rows = (int)ScoreChunk.Rows + 2;
        var csv = "size\n" + string.Join('\n', Enumerable.Range(0, rows)) + "\nwide\n";

        var job = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", csv));

        Assert.Equal((ScoringStatus.Done, rows, 1), (job.Status, job.Rows, job.RejectedRows));
        Assert.True(File.Exists(host.PathOf(job.Rejected!)));
        var lines = await File.ReadAllLinesAsync(host.PathOf(job.Output!));
        Assert.Equal("row_number,size,prediction,model_version", lines[0]);
        // The model adds 3: every row of the file is there once, in its order.
        Assert.Equal(Enumerable.Range(0, rows).Select(i => $"{i + 1},{i}.0,{i + 3}.0,3"), lines[1..]);

        var written = File.GetLastWriteTimeUtc(host.PathOf(job.Output!));
        Assert.Equal(job, await SubmitAsync(host, "sizes.csv", csv));
        Assert.Equal(written, File.GetLastWriteTimeUtc(host.PathOf(job.Output!)));
    }

    [Fact]
    public async Task A_file_that_cannot_be_scored_is_kept_and_the_job_says_why()
    {
        await using var host = await PipelineHost.StartAsync();

        var unreleased = await EndOfAsync(host, await SubmitAsync(host, "sizes.csv", "size\n1\n"));
        await ReleaseAsync(host);
        var unreadable = await EndOfAsync(host, await SubmitAsync(host, "words.csv", "size\nwide\n"));

        Assert.Equal((ScoringStatus.Failed, ScoringStatus.Failed), (unreleased.Status, unreadable.Status));
        Assert.Contains("no version in production", unreleased.Reason, StringComparison.Ordinal);
        Assert.Contains("none of its 1 rows can be read", unreadable.Reason, StringComparison.Ordinal);
        Assert.Equal("size\nwide\n", await File.ReadAllTextAsync(host.PathOf($"scoring/jobs/{unreadable.Id}/source/words.csv")));
    }

    private static async Task<ScoringJob> SubmitAsync(PipelineHost host, string file, string content)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        return await host.Get<ScoringDesk>().SubmitAsync("adding", file, stream, "test", default);
    }

    private static async Task<ScoringJob> EndOfAsync(PipelineHost host, ScoringJob job)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await host.Client.WaitForInstanceCompletionAsync($"scoring:{job.Id}", cancellationToken: patience.Token);
        return (await host.Get<ScoringJobs>().TryGetAsync(job.Id, default))!;
    }

    private static async Task ReleaseAsync(PipelineHost host)
    {
        var blobs = host.Get<IBlobStore>();
        var path = ModelPackage.PathOf("adding", 3);
        IReadOnlyList<FeatureDefinition> inputs = [new("size", "size", FeatureKind.Number)];
        await blobs.WriteJsonAsync(path + ModelPackage.Signature, new ModelSignature { Inputs = inputs, Task = LearningTask.Regression }, default);
        await blobs.WriteJsonAsync(
            path + ModelPackage.Features,
            new FeatureTransform { Columns = [new() { Name = "size", Type = ColumnType.Double }], Features = inputs, Label = new("answer", "size", LearningTask.Regression, []) },
            default);
        await blobs.TryWriteAsync(path + ModelPackage.Model, AddingModel.Of(3), WriteCondition.None, default);
        await blobs.WriteJsonAsync(
            "endpoints/adding/manifest.json",
            new EndpointManifest
            {
                Endpoint = "adding", Revision = 1, Variants = [new("champion", "adding", 3, "", 100)], UpdatedAt = DateTimeOffset.UnixEpoch, UpdatedBy = "test", Reason = "A test.",
            },
            default);
    }
}
