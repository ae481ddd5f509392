using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Staging;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Tests.Staging;

public sealed class StagedEndpointTests
{
    [Fact]
    public async Task A_version_whose_files_are_not_those_that_were_approved_is_not_even_asked()
    {
        await using var host = await PipelineHost.StartAsync();
        var blobs = host.Get<IBlobStore>();
        var path = ModelPackage.PathOf("shop", 1);
        foreach (var file in ModelPackage.Released) await blobs.TryWriteAsync(path + file, "{}"u8.ToArray(), WriteCondition.None, default);
        var sums = await VerifiedPackage.SealAsync(blobs, path, default);
        var release = new ReleaseRequest("run-1", "shop", new ModelRef("shop", 1, sums.Of(ModelPackage.Model)!, sums.Sha256), "lead");

        foreach (var file in ModelPackage.Released)
        {
            await blobs.TryWriteAsync(path + file, "{ }"u8.ToArray(), WriteCondition.None, default);
            var (staged, problem) = await host.Get<StagedEndpoint>().FindAsync(release, new ApplicationTestSpec(), default);
            Assert.Null(staged);
            Assert.Contains($"{path}{file} is not what was registered", problem, StringComparison.Ordinal);
            await blobs.TryWriteAsync(path + file, "{}"u8.ToArray(), WriteCondition.None, default);
        }
    }
}
