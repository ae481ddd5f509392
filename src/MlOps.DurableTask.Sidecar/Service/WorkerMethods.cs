using Google.Protobuf;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Protocol;
using MlOps.DurableTask.Sidecar.Workers;
using static MlOps.DurableTask.Sidecar.Service.ServiceMethod;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>The part of the service that workers speak: a stream of work items to them, and their answers.</summary>
internal sealed class WorkerMethods(RemoteWorkers workers)
{
    public IEnumerable<ServiceMethod> All() =>
    [
        new("GetWorkItems", StreamWorkItemsAsync),
        Unary("CompleteOrchestratorTask", OrchestratorResponse.Parser, (response, _) =>
        {
            workers.Complete(WorkKind.Orchestrator, response.CompletionToken, response);
            return Answered;
        }),
        Unary("CompleteActivityTask", ActivityResponse.Parser, (response, _) =>
        {
            workers.Complete(WorkKind.Activity, response.CompletionToken, response);
            return Answered;
        }),
        Unary("AbandonTaskOrchestratorWorkItem", AbandonOrchestrationTaskRequest.Parser, (request, _) =>
        {
            workers.Abandon(WorkKind.Orchestrator, request.CompletionToken);
            return Task.FromResult<IMessage>(new AbandonOrchestrationTaskResponse());
        }),
        Unary("AbandonTaskActivityWorkItem", AbandonActivityTaskRequest.Parser, (request, _) =>
        {
            workers.Abandon(WorkKind.Activity, request.CompletionToken);
            return Task.FromResult<IMessage>(new AbandonActivityTaskResponse());
        }),
    ];

    private static Task<IMessage> Answered => Task.FromResult<IMessage>(new CompleteTaskResponse());

    private async Task StreamWorkItemsAsync(GrpcCall call)
    {
        var request = await call.ReadAsync(GetWorkItemsRequest.Parser);
        await call.StartAsync();
        var worker = workers.Connect(request, call.Peer);
        try
        {
            await foreach (var item in worker.WorkItems.ReadAllAsync(call.CancellationToken))
                await call.WriteAsync(item);
        }
        finally
        {
            // What it holds is given to another, however the stream ended.
            workers.Disconnect(worker);
        }
    }
}
