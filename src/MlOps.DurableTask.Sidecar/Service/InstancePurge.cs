using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>Deletes finished instances: one, several, or those that a filter finds, within the caller's time.</summary>
internal sealed class InstancePurge(DurableTaskClient client, TimeProvider time)
{
    private const int MaxBatch = 500;

    private static readonly OrchestrationRuntimeStatus[] s_finished =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Canceled, OrchestrationRuntimeStatus.Terminated];

    public async Task<PurgeInstancesResponse> RunAsync(PurgeInstancesRequest request, CancellationToken cancellationToken)
    {
        switch (request.RequestCase)
        {
            case PurgeInstancesRequest.RequestOneofCase.InstanceId:
                var count = await client.PurgeInstanceAsync(ClientMethods.Id(request.InstanceId), request.Recursive, cancellationToken);
                return new PurgeInstancesResponse { DeletedInstanceCount = count, IsComplete = true };
            case PurgeInstancesRequest.RequestOneofCase.InstanceBatch:
                if (request.InstanceBatch.InstanceIds.Count > MaxBatch)
                    throw new GrpcException(GrpcStatus.InvalidArgument, $"instanceBatch names {request.InstanceBatch.InstanceIds.Count} instances: at most {MaxBatch} go at once.");
                var purged = await PurgeAsync(request.InstanceBatch.InstanceIds, request.Recursive, cancellationToken);
                return new PurgeInstancesResponse { DeletedInstanceCount = purged, IsComplete = true };
            case PurgeInstancesRequest.RequestOneofCase.PurgeInstanceFilter:
                return await PurgeAsync(request.PurgeInstanceFilter, request.Recursive, cancellationToken);
            default:
                throw new GrpcException(GrpcStatus.InvalidArgument, "The request names no instance: set instanceId, instanceBatch or purgeInstanceFilter.");
        }
    }

    private async Task<PurgeInstancesResponse> PurgeAsync(PurgeInstanceFilter filter, bool recursive, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var limit = filter.Timeout?.ToTimeSpan() ?? TimeSpan.MaxValue;
        var query = new OrchestrationQuery
        {
            Statuses = filter.RuntimeStatus.ToStatuses() is { } wanted ? [.. wanted.Where(status => status.IsFinal())] : s_finished,
            CreatedFrom = filter.CreatedTimeFrom?.ToDateTimeOffset(),
            CreatedTo = filter.CreatedTimeTo?.ToDateTimeOffset(),
            PageSize = MaxBatch,
        };
        var purged = 0;
        while (query.Statuses.Count > 0)
        {
            var page = await client.GetInstancesPageAsync(query, cancellationToken);
            purged += await PurgeAsync(page.Instances.Select(instance => instance.InstanceId), recursive, cancellationToken);
            if (page.ContinuationToken is null)
                break;
            if (time.GetElapsedTime(start) > limit)
                return new PurgeInstancesResponse { DeletedInstanceCount = purged, IsComplete = false };
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        return new PurgeInstancesResponse { DeletedInstanceCount = purged, IsComplete = true };
    }

    /// <summary>Together, so that they share a commit. Those that are not finished stay.</summary>
    private async Task<int> PurgeAsync(IEnumerable<string> ids, bool recursive, CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(ids.Select(async id =>
        {
            try
            {
                return await client.PurgeInstanceAsync(id, recursive, cancellationToken);
            }
            catch (OrchestrationStateException)
            {
                return 0;
            }
        }));
        return counts.Sum();
    }
}
