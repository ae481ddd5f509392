using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Releases;

namespace MlOps.Pipelines.Releases;

internal sealed record ReleaseOpening(ReleaseRequest Release, string InstanceId);

/// <summary>Writes down that a version is to be released: its place in the queue of its endpoint.</summary>
internal sealed class OpenRelease(RunStepServices services, ReleaseStore releases, TimeProvider time) : TaskActivity<ReleaseOpening, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, ReleaseOpening input)
    {
        var (release, instance) = input;
        var spec = await services.Specs.ReadAsync(release.RunId, context.CancellationToken);
        await releases.OpenAsync(
            new()
            {
                Id = release.RunId,
                Endpoint = release.Endpoint,
                Model = release.Model,
                Strategy = spec.Release.Strategy,
                ApprovedBy = release.ApprovedBy,
                InstanceId = instance,
                RequestedAt = time.GetUtcNow(),
                Status = ReleaseStatus.Waiting,
            },
            context.CancellationToken);
        await services.Runs.StartStepAsync(release.RunId, RunSteps.Release, "", context.CancellationToken);
        return true;
    }
}
