using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Functions.Client;

/// <summary>What the protocol says of instances, as the client says it.</summary>
internal static class InstanceMessages
{
    public static OrchestrationMetadata ToMetadata(this OrchestrationState state, PayloadSerializer serializer) => new(serializer)
    {
        Name = state.Name,
        InstanceId = state.InstanceId,
        Version = state.Version ?? "",
        RuntimeStatus = (OrchestrationRuntimeStatus)state.OrchestrationStatus,
        CreatedAt = state.CreatedTimestamp?.ToDateTimeOffset() ?? default,
        LastUpdatedAt = state.LastUpdatedTimestamp?.ToDateTimeOffset() ?? default,
        ParentInstanceId = NullIfEmpty(state.ParentInstanceId),
        Tags = state.Tags.AsReadOnly(),
        SerializedInput = NullIfEmpty(state.Input),
        SerializedOutput = NullIfEmpty(state.Output),
        SerializedCustomStatus = NullIfEmpty(state.CustomStatus),
        FailureDetails = state.FailureDetails?.ToFailure(),
    };

    public static InstanceQuery ToMessage(this OrchestrationQuery query)
    {
        var message = new InstanceQuery
        {
            CreatedTimeFrom = query.CreatedFrom is { } from ? Timestamp.FromDateTimeOffset(from) : null,
            CreatedTimeTo = query.CreatedTo is { } to ? Timestamp.FromDateTimeOffset(to) : null,
            InstanceIdPrefix = query.InstanceIdPrefix,
            FetchInputsAndOutputs = query.FetchInputsAndOutputs,
            MaxInstanceCount = query.PageSize,
            ContinuationToken = query.ContinuationToken,
        };
        message.RuntimeStatus.AddRange((query.Statuses ?? []).Select(s => (OrchestrationStatus)s));
        return message;
    }

    // Absent and empty are one on the wire.
    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
