using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Releases;

namespace MlOps.Pipelines.Releases;

/// <summary>Whether an endpoint is a release's.</summary>
/// <param name="IsHeld">Whether it is; otherwise its turn has not come.</param>
/// <param name="Revision">Of the endpoint's manifest.</param>
/// <param name="HasChampion">Whether a version answers already.</param>
internal sealed record EndpointTurn(bool IsHeld, int Revision, bool HasChampion);

/// <summary>Takes the endpoint for a release when its turn has come. Safe to run again: what is held stays held.</summary>
internal sealed class HoldEndpoint(EndpointStore endpoints, ReleaseStore releases, ReleaseJournal journal, DurableTaskClient client) : TaskActivity<ReleaseRequest, EndpointTurn>
{
    public override async Task<EndpointTurn> RunAsync(TaskActivityContext context, ReleaseRequest input)
    {
        var cancellationToken = context.CancellationToken;
        if (await FirstAsync(input.Endpoint, cancellationToken) is not { } first || first.Id == input.RunId)
        {
            var manifest = await endpoints.HoldAsync(input.Endpoint, input.RunId, input.ApprovedBy, cancellationToken);
            if (manifest.Hold!.Release == input.RunId)
            {
                await journal.NoteAsync(input.RunId, input.ApprovedBy, r => r with { Status = ReleaseStatus.Testing, Message = $"version {input.Model.Version} is staged" }, cancellationToken);
                return new(true, manifest.Revision, manifest.Champion() is not null);
            }

            await FreeFromDeadAsync(manifest, cancellationToken);
        }

        await journal.NoteAsync(input.RunId, input.ApprovedBy, r => r with { Message = $"waits until the releases of endpoint '{input.Endpoint}' before it have ended" }, cancellationToken);
        return new(false, 0, false);
    }

    /// <summary>The release whose turn it is: the oldest that has not ended and whose orchestration lives.</summary>
    private async Task<ReleaseRecord?> FirstAsync(string endpoint, CancellationToken cancellationToken)
    {
        foreach (var release in await releases.ListOpenAsync(endpoint, cancellationToken))
        {
            if (await LivesAsync(release, cancellationToken)) return release;
            await releases.NoteAsync(
                release.Id, "mlops", r => r with { Status = ReleaseStatus.RolledBack, Message = "Its orchestration was ended from outside." }, cancellationToken);
        }

        return null;
    }

    /// <summary>A release whose orchestration was terminated never lets go by itself: it is taken back. Mere crashes do not end an orchestration.</summary>
    private async Task FreeFromDeadAsync(EndpointManifest manifest, CancellationToken cancellationToken)
    {
        var holder = await releases.TryGetAsync(manifest.Hold!.Release, cancellationToken);
        if (holder is null || await LivesAsync(holder, cancellationToken)) return;
        await endpoints.TakeBackAsync(manifest.Endpoint, holder.Id, "mlops", "its orchestration was ended from outside", cancellationToken);
    }

    private async Task<bool> LivesAsync(ReleaseRecord release, CancellationToken cancellationToken) =>
        await client.GetInstanceAsync(release.InstanceId, cancellationToken: cancellationToken) is { IsCompleted: false };
}
