using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>A step of a release.</summary>
/// <param name="Release">The release.</param>
/// <param name="Step">What the traffic is to be.</param>
/// <param name="After">Revision of the manifest that it replaces.</param>
internal sealed record TrafficChange(ReleaseRequest Release, TrafficStep Step, int After)
{
    /// <summary>Number of the step, from 1; 0: the version is staged.</summary>
    public int Number { get; init; }

    /// <summary>How many steps there are.</summary>
    public int Of { get; init; }

    /// <summary>The version is loaded and reached by its name alone.</summary>
    public static TrafficChange Staging(ReleaseRequest release, int after) => new(release, new("staged", 0, 0, null), after);
}

/// <summary>What an endpoint's traffic is since when.</summary>
internal sealed record TrafficState(int Revision, DateTime At);

/// <summary>Writes the endpoint's manifest for one step of a release. Safe to run again, also late: it undoes no later step.</summary>
internal sealed class SetTraffic(RunStepServices services, EndpointStore endpoints, ReleaseJournal journal) : TaskActivity<TrafficChange, TrafficState>
{
    public override async Task<TrafficState> RunAsync(TaskActivityContext context, TrafficChange input)
    {
        var cancellationToken = context.CancellationToken;
        var (release, step, after) = input;
        var spec = (await services.Specs.ReadAsync(release.RunId, cancellationToken)).Release;
        var replaced = await endpoints.TryGetRevisionAsync(release.Endpoint, after, cancellationToken)
            ?? throw new NonRetriableTaskException($"Endpoint '{release.Endpoint}' has no revision {after}: its history was deleted.");
        var before = await endpoints.BeforeAsync(replaced, cancellationToken);
        var manifest = await ChangeAsync(
            release.Endpoint,
            new(ReleaseTraffic.VariantsOf(before?.Champion(), release.Model, step), release.ApprovedBy, $"Release {release.RunId}: {step.Name}.")
            {
                StickyBy = spec.StickyBy,
                Release = release.RunId,
                After = after,
            },
            cancellationToken);
        if (input.Number > 0)
            await NoteAsync(input, manifest.UpdatedAt, cancellationToken);
        return new(manifest.Revision, manifest.UpdatedAt.UtcDateTime);
    }

    private async Task<Core.Endpoints.EndpointManifest> ChangeAsync(string endpoint, EndpointChange change, CancellationToken cancellationToken)
    {
        try
        {
            return await endpoints.ChangeAsync(endpoint, change, cancellationToken);
        }
        catch (EndpointHeldException lost)
        {
            throw new NonRetriableTaskException(lost.Message, lost);
        }
    }

    private Task NoteAsync(TrafficChange input, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (release, step, _) = input;
        var until = step.For is not { } length ? ", until it is promoted" : length > TimeSpan.Zero ? $" until {at + length:u}" : "";
        return journal.NoteAsync(
            release.RunId,
            release.ApprovedBy,
            r => r with
            {
                Status = ReleaseStatus.Progressing,
                Message = $"step {input.Number} of {input.Of}: {step.Name}{until}",
                Traffic = step.Traffic,
                Step = input.Number,
                Steps = input.Of,
                StepEndsAt = step.For is { } time ? at + time : null,
                Conditions = [],
            },
            cancellationToken);
    }
}
