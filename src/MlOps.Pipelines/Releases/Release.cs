using MlOps.Core.Endpoints;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Releases;

internal sealed record ReleaseRequest(string RunId, string Endpoint, ModelRef Model, string ApprovedBy);

internal sealed record ReleaseOutcome(bool Passed, string Reason);

/// <summary>Sends an endpoint's traffic to a new version, proves that it answers, and takes it back when it does not.</summary>
internal sealed class Release : TaskOrchestrator<ReleaseRequest, ReleaseOutcome>
{
    public override async Task<ReleaseOutcome> RunAsync(TaskOrchestrationContext context, ReleaseRequest input)
    {
        var switched = await context.CallActivityAsync<EndpointSwitch>(nameof(SwitchEndpoint), input, StepRetry.Options);
        var check = await context.CallActivityAsync<EndpointCheck>(nameof(VerifyEndpoint), input, StepRetry.Options);
        var done = new ReleaseClosing(input, switched, check);
        if (!check.Passed)
        {
            await context.CallActivityAsync(nameof(RollBackRelease), done, StepRetry.Options);
            return new(false, $"Version {input.Model.Version} was taken back: {check.Detail}");
        }

        await context.CallActivityAsync(nameof(PromoteModel), done, StepRetry.Options);
        return new(true, "");
    }
}

/// <summary>What a switch changed.</summary>
/// <param name="Revision">Revision of the manifest now in force.</param>
/// <param name="Previous">The variants before; <see langword="null"/>: the endpoint is new.</param>
internal sealed record EndpointSwitch(int Revision, IReadOnlyList<EndpointVariant>? Previous);

internal sealed record ReleaseClosing(ReleaseRequest Release, EndpointSwitch Switch, EndpointCheck Check);
