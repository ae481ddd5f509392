using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Functions.Grpc;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Functions.Client;

/// <summary>
/// The client of the Durable Task extension, by the gRPC service that the extension opens on the host's own machine. The extension
/// keeps neither tags nor versions of what is started, and finds instances by state, time and prefix only.
/// </summary>
internal sealed class ExtensionClient(GrpcClient grpc, ExtensionAddress address, PayloadSerializer serializer) : DurableTaskClient
{
    private static readonly OrchestrationStatus[] s_finished =
        [OrchestrationStatus.Completed, OrchestrationStatus.Failed, OrchestrationStatus.Terminated, OrchestrationStatus.Canceled];

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        string name, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var start = options ?? new();
        var id = start.InstanceId ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        // Extensions that do not know the policy yet replace what is finished: those are asked beforehand.
        if (start is { InstanceId: not null, IdReuse: not InstanceIdReuse.ReplaceFinished } && await GetInstanceAsync(id, false, cancellationToken) is { } existing)
            return start.IdReuse is InstanceIdReuse.IgnoreIfExists ? id : throw new OrchestrationAlreadyExistsException(id, existing.RuntimeStatus);
        try
        {
            var started = await CallAsync("StartInstance", RequestOf(name, id, input, start), CreateInstanceResponse.Parser, cancellationToken);
            return started.InstanceId;
        }
        catch (GrpcStatusException exists) when (exists.Status is GrpcStatus.AlreadyExists)
        {
            if (start.IdReuse is InstanceIdReuse.IgnoreIfExists) return id;
            var status = (await GetInstanceAsync(id, false, cancellationToken))?.RuntimeStatus ?? OrchestrationRuntimeStatus.Running;
            throw new OrchestrationAlreadyExistsException(id, status);
        }
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default) =>
        WaitAsync("WaitForInstanceStart", instanceId, getInputsAndOutputs, cancellationToken);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default) =>
        WaitAsync("WaitForInstanceCompletion", instanceId, getInputsAndOutputs, cancellationToken);

    public override async Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default)
    {
        var request = new GetInstanceRequest { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs };
        var answer = await CallAsync("GetInstance", request, GetInstanceResponse.Parser, cancellationToken);
        return answer.Exists ? answer.OrchestrationState.ToMetadata(serializer) : null;
    }

    public override async Task<OrchestrationPage> GetInstancesPageAsync(OrchestrationQuery query, CancellationToken cancellationToken = default)
    {
        if (query.NewestFirst)
            throw new NotSupportedException("The Durable Task extension gives instances in its own order; ask without NewestFirst and sort the result.");
        var answer = await CallAsync("QueryInstances", new QueryInstancesRequest { Query = query.ToMessage() }, QueryInstancesResponse.Parser, cancellationToken);
        // What the protocol cannot ask for is left out here; a page may be short for it, as pages may be.
        var found = answer.OrchestrationState.Select(s => s.ToMetadata(serializer)).Where(i => Matches(query, i));
        return new([.. found], string.IsNullOrEmpty(answer.ContinuationToken) ? null : answer.ContinuationToken);
    }

    public override async Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        var history = new List<HistoryEvent>();
        var at = address.Current;
        var chunks = grpc.StreamAsync(
            MethodOf(at, "StreamInstanceHistory"), new StreamInstanceHistoryRequest { InstanceId = instanceId }, HistoryChunk.Parser, HeadersOf(at), cancellationToken);
        await foreach (var chunk in chunks.WithCancellation(cancellationToken)) history.AddRange(chunk.Events);
        return history;
    }

    public override async Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        var request = new RaiseEventRequest { InstanceId = instanceId, Name = eventName, Input = serializer.Serialize(eventPayload) };
        await CommandAsync("RaiseEvent", instanceId, request, RaiseEventResponse.Parser, cancellationToken);
    }

    public override async Task TerminateInstanceAsync(
        string instanceId, object? output = null, bool recursive = true, CancellationToken cancellationToken = default)
    {
        var request = new TerminateRequest { InstanceId = instanceId, Output = serializer.Serialize(output), Recursive = recursive };
        await CommandAsync("TerminateInstance", instanceId, request, TerminateResponse.Parser, cancellationToken);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default) =>
        CommandAsync("SuspendInstance", instanceId, new SuspendRequest { InstanceId = instanceId, Reason = reason }, SuspendResponse.Parser, cancellationToken);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default) =>
        CommandAsync("ResumeInstance", instanceId, new ResumeRequest { InstanceId = instanceId, Reason = reason }, ResumeResponse.Parser, cancellationToken);

    public override async Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default)
    {
        var instance = await FindAsync(instanceId, cancellationToken);
        if (instance.RuntimeStatus is not OrchestrationRuntimeStatus.Failed)
            throw new OrchestrationStateException(instanceId, instance.RuntimeStatus, "only a failed instance can be rewound.");
        await CommandAsync("RewindInstance", instanceId, new RewindInstanceRequest { InstanceId = instanceId, Reason = reason }, RewindInstanceResponse.Parser, cancellationToken);
    }

    public override async Task<string> RestartInstanceAsync(string instanceId, bool withNewInstanceId = false, CancellationToken cancellationToken = default)
    {
        var instance = await FindAsync(instanceId, cancellationToken);
        if (!withNewInstanceId && !instance.IsCompleted)
            throw new OrchestrationStateException(instanceId, instance.RuntimeStatus, "it is not finished; terminate it first, or restart it under a new id.");
        var request = new RestartInstanceRequest { InstanceId = instanceId, RestartWithNewInstanceId = withNewInstanceId };
        return (await CallAsync("RestartInstance", request, RestartInstanceResponse.Parser, cancellationToken)).InstanceId;
    }

    public override async Task<int> PurgeInstanceAsync(string instanceId, bool recursive = false, CancellationToken cancellationToken = default)
    {
        if (await GetInstanceAsync(instanceId, false, cancellationToken) is not { } instance) return 0;
        if (!instance.IsCompleted) throw new OrchestrationStateException(instanceId, instance.RuntimeStatus, "only a finished instance can be purged. Terminate it first.");
        var request = new PurgeInstancesRequest { InstanceId = instanceId, Recursive = recursive };
        return (await CallAsync("PurgeInstances", request, PurgeInstancesResponse.Parser, cancellationToken)).DeletedInstanceCount;
    }

    public override async Task<int> PurgeAllInstancesAsync(OrchestrationQuery query, bool recursive = false, CancellationToken cancellationToken = default)
    {
        var purged = 0;
        // One by one: the extension's own filter knows fewer conditions than a query does.
        await foreach (var instance in GetAllInstancesAsync(query with { FetchInputsAndOutputs = false, ContinuationToken = null }, cancellationToken))
        {
            if (instance.IsCompleted) purged += await PurgeInstanceAsync(instance.InstanceId, recursive, cancellationToken);
        }
        return purged;
    }

    private static bool Matches(OrchestrationQuery query, OrchestrationMetadata instance) =>
        (query.Names is null || query.Names.Contains(instance.Name))
        && (query.Tags is null || query.Tags.All(t => instance.Tags.TryGetValue(t.Key, out var value) && value == t.Value))
        && (query.CompletedFrom is not { } from || (instance.IsCompleted && instance.LastUpdatedAt >= from))
        && (query.CompletedTo is not { } to || (instance.IsCompleted && instance.LastUpdatedAt < to));

    private CreateInstanceRequest RequestOf(string name, string id, object? input, StartOrchestrationOptions start)
    {
        var request = new CreateInstanceRequest
        {
            Name = name,
            InstanceId = id,
            Input = serializer.Serialize(input),
            Version = start.Version.Length is 0 ? null : start.Version,
            ScheduledStartTimestamp = start.StartAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
            OrchestrationIdReusePolicy = new OrchestrationIdReusePolicy(),
        };
        if (start.IdReuse is InstanceIdReuse.ReplaceFinished) request.OrchestrationIdReusePolicy.ReplaceableStatus.AddRange(s_finished);
        foreach (var (key, value) in start.Tags ?? new Dictionary<string, string>(StringComparer.Ordinal)) request.Tags.Add(key, value);
        return request;
    }

    private async Task<OrchestrationMetadata> FindAsync(string instanceId, CancellationToken cancellationToken) =>
        await GetInstanceAsync(instanceId, false, cancellationToken) ?? throw new OrchestrationNotFoundException(instanceId);

    private async Task<OrchestrationMetadata> WaitAsync(string method, string instanceId, bool getInputsAndOutputs, CancellationToken cancellationToken)
    {
        await FindAsync(instanceId, cancellationToken);
        var request = new GetInstanceRequest { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs };
        var answer = await CallAsync(method, request, GetInstanceResponse.Parser, cancellationToken);
        return answer.Exists ? answer.OrchestrationState.ToMetadata(serializer) : throw new OrchestrationNotFoundException(instanceId);
    }

    /// <summary>A command to an instance. One that is not there is an error of the caller; one that is finished has no use for commands any more.</summary>
    private async Task CommandAsync<T>(string method, string instanceId, IMessage request, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        try
        {
            await CallAsync(method, request, parser, cancellationToken);
        }
        // Extensions differ in the status by which they refuse; the instance's own state says why.
        catch (GrpcStatusException refused)
        {
            if (!(await FindAsync(instanceId, cancellationToken)).IsCompleted)
                throw new ExtensionUnavailableException(method, address.Current.Rpc, refused.Message, refused);
        }
        catch (ExtensionUnavailableException refused) when (refused.InnerException is GrpcStatusException)
        {
            if (!(await FindAsync(instanceId, cancellationToken)).IsCompleted) throw;
        }
    }

    private async Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, CancellationToken cancellationToken) where T : IMessage<T>
    {
        var at = address.Current;
        try
        {
            return await grpc.CallAsync(MethodOf(at, method), request, parser, HeadersOf(at), cancellationToken);
        }
        catch (HttpRequestException nobody)
        {
            throw new ExtensionUnavailableException(method, at.Rpc, "nobody answers there.", nobody);
        }
        catch (GrpcStatusException failed) when (failed.Status is not (GrpcStatus.AlreadyExists or GrpcStatus.NotFound or GrpcStatus.FailedPrecondition))
        {
            throw new ExtensionUnavailableException(method, at.Rpc, failed.Message, failed);
        }
    }

    private static Uri MethodOf(ExtensionAddress.Known at, string method) => new(at.Rpc, $"/TaskHubSidecarService/{method}");

    private static IEnumerable<(string, string)> HeadersOf(ExtensionAddress.Known at)
    {
        if (at.TaskHub is { } hub) yield return ("Durable-TaskHub", hub);
        if (at.Connection is { } connection) yield return ("Durable-ConnectionName", connection);
    }
}
