using MlOps.Core.Endpoints;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>Writes the endpoint's manifest: all traffic to the new version.</summary>
internal sealed class SwitchEndpoint(RunStepServices services, EndpointStore endpoints) : RunStep<ReleaseRequest, EndpointSwitch>(services)
{
    protected override string Step => RunSteps.Release;

    protected override string RunIdOf(ReleaseRequest input) => input.RunId;

    protected override (StepStatus, string) Describe(EndpointSwitch output) =>
        (StepStatus.Done, $"manifest revision {output.Revision}" + (output.Previous is [var before, ..] ? $", before: version {before.Version}" : ""));

    protected override async Task<EndpointSwitch> ExecuteAsync(ReleaseRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var variant = new EndpointVariant("champion", input.Model.Name, input.Model.Version, input.Model.Sha256, 100);
        var (current, previous) = await endpoints.SwitchAsync(
            input.Endpoint, [variant], input.ApprovedBy, $"Release of run {input.RunId}.", cancellationToken);
        return new EndpointSwitch(current.Revision, previous?.Variants);
    }
}
