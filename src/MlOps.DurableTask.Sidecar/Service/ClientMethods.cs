using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Protocol;
using static MlOps.DurableTask.Sidecar.Service.ServiceMethod;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>The part of the service that starts, watches and steers instances: the calls of <see cref="DurableTaskClient"/>, one for one.</summary>
internal sealed class ClientMethods(DurableTaskClient client, TimeProvider time)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;

    /// <summary>Well below the 4 MiB that gRPC libraries take by default. An event that is larger goes alone.</summary>
    private const int HistoryChunkBytes = 1024 * 1024;

    private readonly InstanceStart _starts = new(client, time);
    private readonly InstancePurge _purges = new(client, time);

    public IEnumerable<ServiceMethod> All() =>
    [
        Unary("Hello", Empty.Parser, (_, _) => Task.FromResult<IMessage>(new Empty())),
        Unary("StartInstance", CreateInstanceRequest.Parser, async (request, cancelled) =>
            new CreateInstanceResponse { InstanceId = await _starts.RunAsync(request, cancelled) }),
        Unary("GetInstance", GetInstanceRequest.Parser, async (request, cancelled) =>
            Answer(await client.GetInstanceAsync(Id(request.InstanceId), request.GetInputsAndOutputs, cancelled))),
        Unary("WaitForInstanceStart", GetInstanceRequest.Parser, async (request, cancelled) =>
            Answer(await client.WaitForInstanceStartAsync(Id(request.InstanceId), request.GetInputsAndOutputs, cancelled))),
        Unary("WaitForInstanceCompletion", GetInstanceRequest.Parser, async (request, cancelled) =>
            Answer(await client.WaitForInstanceCompletionAsync(Id(request.InstanceId), request.GetInputsAndOutputs, cancelled))),
        Unary("RaiseEvent", RaiseEventRequest.Parser, async (request, cancelled) =>
        {
            await client.RaiseEventAsync(Id(request.InstanceId), request.Name, request.Input.ToPayload(), cancelled);
            return new RaiseEventResponse();
        }),
        Unary("TerminateInstance", TerminateRequest.Parser, async (request, cancelled) =>
        {
            await client.TerminateInstanceAsync(Id(request.InstanceId), request.Output.ToPayload(), request.Recursive, cancelled);
            return new TerminateResponse();
        }),
        Unary("SuspendInstance", SuspendRequest.Parser, async (request, cancelled) =>
        {
            await client.SuspendInstanceAsync(Id(request.InstanceId), request.Reason, cancelled);
            return new SuspendResponse();
        }),
        Unary("ResumeInstance", ResumeRequest.Parser, async (request, cancelled) =>
        {
            await client.ResumeInstanceAsync(Id(request.InstanceId), request.Reason, cancelled);
            return new ResumeResponse();
        }),
        Unary("RewindInstance", RewindInstanceRequest.Parser, async (request, cancelled) =>
        {
            await client.RewindInstanceAsync(Id(request.InstanceId), request.Reason, cancelled);
            return new RewindInstanceResponse();
        }),
        Unary("RestartInstance", RestartInstanceRequest.Parser, async (request, cancelled) => new RestartInstanceResponse
        {
            InstanceId = await client.RestartInstanceAsync(Id(request.InstanceId), request.RestartWithNewInstanceId, cancelled),
        }),
        Unary("QueryInstances", QueryInstancesRequest.Parser, QueryAsync),
        Unary("ListInstanceIds", ListInstanceIdsRequest.Parser, ListIdsAsync),
        Unary("PurgeInstances", PurgeInstancesRequest.Parser, async (request, cancelled) => await _purges.RunAsync(request, cancelled)),
        new("StreamInstanceHistory", StreamHistoryAsync),
    ];

    /// <summary>The id that a request must have.</summary>
    internal static string Id(string id) =>
        id.Length > 0 ? id : throw new GrpcException(GrpcStatus.InvalidArgument, "instanceId is empty: name the instance.");

    private static GetInstanceResponse Answer(OrchestrationMetadata? instance) =>
        new() { Exists = instance is not null, OrchestrationState = instance?.ToMessage() };

    private static int PageSize(int wanted) => wanted <= 0 ? DefaultPageSize : Math.Min(wanted, MaxPageSize);

    private async Task<IMessage> QueryAsync(QueryInstancesRequest request, CancellationToken cancellationToken)
    {
        var query = request.Query ?? new InstanceQuery();
        var page = await client.GetInstancesPageAsync(new OrchestrationQuery
        {
            Statuses = query.RuntimeStatus.ToStatuses(),
            CreatedFrom = query.CreatedTimeFrom?.ToDateTimeOffset(),
            CreatedTo = query.CreatedTimeTo?.ToDateTimeOffset(),
            InstanceIdPrefix = query.InstanceIdPrefix,
            FetchInputsAndOutputs = query.FetchInputsAndOutputs,
            PageSize = PageSize(query.MaxInstanceCount),
            ContinuationToken = string.IsNullOrEmpty(query.ContinuationToken) ? null : query.ContinuationToken,
        }, cancellationToken);
        return new QueryInstancesResponse
        {
            OrchestrationState = { page.Instances.Select(instance => instance.ToMessage()) },
            ContinuationToken = page.ContinuationToken,
        };
    }

    private async Task<IMessage> ListIdsAsync(ListInstanceIdsRequest request, CancellationToken cancellationToken)
    {
        var page = await client.GetInstancesPageAsync(new OrchestrationQuery
        {
            Statuses = request.RuntimeStatus.ToStatuses(),
            CompletedFrom = request.CompletedTimeFrom?.ToDateTimeOffset(),
            CompletedTo = request.CompletedTimeTo?.ToDateTimeOffset(),
            PageSize = PageSize(request.PageSize),
            ContinuationToken = string.IsNullOrEmpty(request.LastInstanceKey) ? null : request.LastInstanceKey,
        }, cancellationToken);
        return new ListInstanceIdsResponse
        {
            InstanceIds = { page.Instances.Select(instance => instance.InstanceId) },
            LastInstanceKey = page.ContinuationToken,
        };
    }

    private async Task StreamHistoryAsync(GrpcCall call)
    {
        var request = await call.ReadAsync(StreamInstanceHistoryRequest.Parser);
        var chunk = new HistoryChunk();
        var bytes = 0;
        foreach (var happened in await client.GetHistoryAsync(Id(request.InstanceId), call.CancellationToken))
        {
            var size = happened.CalculateSize();
            if (bytes > 0 && bytes + size > HistoryChunkBytes)
            {
                await call.WriteAsync(chunk);
                chunk = new HistoryChunk();
                bytes = 0;
            }
            chunk.Events.Add(happened);
            bytes += size;
        }
        if (bytes > 0)
            await call.WriteAsync(chunk);
    }
}
