using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>What the client knows of instances, as the protocol says it.</summary>
internal static class InstanceMessages
{
    public static OrchestrationState ToMessage(this OrchestrationMetadata instance)
    {
        var state = new OrchestrationState
        {
            InstanceId = instance.InstanceId,
            Name = instance.Name,
            Version = instance.Version.Length == 0 ? null : instance.Version,
            OrchestrationStatus = (OrchestrationStatus)instance.RuntimeStatus,
            CreatedTimestamp = Timestamp.FromDateTimeOffset(instance.CreatedAt),
            LastUpdatedTimestamp = Timestamp.FromDateTimeOffset(instance.LastUpdatedAt),
            CompletedTimestamp = instance.IsCompleted ? Timestamp.FromDateTimeOffset(instance.LastUpdatedAt) : null,
            Input = instance.SerializedInput,
            Output = instance.SerializedOutput,
            CustomStatus = instance.SerializedCustomStatus,
            FailureDetails = instance.FailureDetails?.ToMessage(),
            ParentInstanceId = instance.ParentInstanceId,
        };
        foreach (var (key, value) in instance.Tags)
            state.Tags.Add(key, value);
        return state;
    }

    /// <summary>Absent and empty are one: no payload. SDKs send either.</summary>
    public static SerializedPayload? ToPayload(this string? json) => string.IsNullOrEmpty(json) ? null : new SerializedPayload(json);

    public static IReadOnlyCollection<OrchestrationRuntimeStatus>? ToStatuses(this IReadOnlyCollection<OrchestrationStatus> statuses) =>
        statuses.Count == 0 ? null : [.. statuses.Select(status => (OrchestrationRuntimeStatus)status)];
}
