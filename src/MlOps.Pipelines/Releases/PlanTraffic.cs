using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Releases;

internal sealed record TrafficPlanning(ReleaseRequest Release, bool HasChampion);

/// <summary>Turns the pipeline's strategy into steps.</summary>
internal sealed class PlanTraffic(RunStepServices services) : TaskActivity<TrafficPlanning, TrafficPlan>
{
    public override async Task<TrafficPlan> RunAsync(TaskActivityContext context, TrafficPlanning input)
    {
        var spec = await services.Specs.ReadAsync(input.Release.RunId, context.CancellationToken);
        return TrafficPlan.Of(spec.Release, input.HasChampion, input.Release.MaxTraffic);
    }
}
