using System.Diagnostics;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>Starts an instance as the protocol has it, which lets the caller say, state by state, which instance may give way.</summary>
internal sealed class InstanceStart(DurableTaskClient client, TimeProvider time)
{
    /// <summary>How often an instance of the same id may come in between before the caller is told.</summary>
    private const int Attempts = 3;

    public async Task<string> RunAsync(CreateInstanceRequest request, CancellationToken cancellationToken)
    {
        var start = new StartOrchestrationOptions
        {
            InstanceId = request.InstanceId.Length == 0 ? null : request.InstanceId,
            StartAt = StartAt(request),
            Tags = request.Tags.Count == 0 ? null : request.Tags.ToDictionary(StringComparer.Ordinal),
            Version = request.Version ?? "",
            Trace = request.ParentTraceContext is { } trace && ActivityContext.TryParse(trace.TraceParent, trace.TraceState, out var context) ? context : default,
        };
        if (request.OrchestrationIdReusePolicy is not { } policy || start.InstanceId is null)
            return await client.ScheduleNewOrchestrationInstanceAsync(request.Name, request.Input.ToPayload(), start, cancellationToken);

        for (var attempt = 1; ; attempt++)
        {
            var reuse = await MakeRoomAsync(start.InstanceId, policy.ReplaceableStatus, cancellationToken);
            try
            {
                return await client.ScheduleNewOrchestrationInstanceAsync(
                    request.Name, request.Input.ToPayload(), start with { IdReuse = reuse }, cancellationToken);
            }
            catch (OrchestrationAlreadyExistsException) when (attempt < Attempts)
            {
                // Another start came in between: what is there now decides.
            }
        }
    }

    /// <summary>SDKs send the year 1970 for "at once".</summary>
    private DateTimeOffset? StartAt(CreateInstanceRequest request) =>
        request.ScheduledStartTimestamp?.ToDateTimeOffset() is { } at && at > time.GetUtcNow() ? at : null;

    private async Task<InstanceIdReuse> MakeRoomAsync(
        string id, IReadOnlyCollection<OrchestrationStatus> replaceable, CancellationToken cancellationToken)
    {
        if (await client.GetInstanceAsync(id, getInputsAndOutputs: false, cancellationToken) is not { } existing)
            return InstanceIdReuse.Fail;
        if (!replaceable.Contains((OrchestrationStatus)existing.RuntimeStatus))
            throw new OrchestrationAlreadyExistsException(id, existing.RuntimeStatus);
        if (!existing.IsCompleted)
        {
            await client.TerminateInstanceAsync(id, new { reason = "A new instance of this id was started." }, recursive: true, cancellationToken);
            await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: false, cancellationToken);
        }
        return InstanceIdReuse.ReplaceFinished;
    }
}
