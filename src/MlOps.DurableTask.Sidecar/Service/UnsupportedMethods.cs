using MlOps.DurableTask.Sidecar.Grpc;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>Methods of the protocol that this hub does not have, and why.</summary>
internal static class UnsupportedMethods
{
    private const string NoEntities = "The embedded task hub has no entities. Keep the state in an orchestration that waits for events, or in a store of your own.";
    private const string OneHub = "The embedded task hub is one file that the host opens and keeps; stop the host to create or delete it.";
    private const string NoBlobs = "The embedded task hub keeps payloads itself, not in blobs.";
    private const string Graceful = "Use TerminateInstance: the embedded task hub ends an instance at once, with or without a worker.";

    public static IEnumerable<ServiceMethod> All() =>
    [
        Refuse("SignalEntity", NoEntities),
        Refuse("GetEntity", NoEntities),
        Refuse("QueryEntities", NoEntities),
        Refuse("CleanEntityStorage", NoEntities),
        Refuse("CompleteEntityTask", NoEntities),
        Refuse("AbandonTaskEntityWorkItem", NoEntities),
        Refuse("CreateTaskHub", OneHub),
        Refuse("DeleteTaskHub", OneHub),
        Refuse("GetTombstonedPayloads", NoBlobs),
        Refuse("AckPurgedPayloads", NoBlobs),
        Refuse("SkipGracefulOrchestrationTerminations", Graceful),
    ];

    private static ServiceMethod Refuse(string name, string why) => new(name, _ => throw new GrpcException(GrpcStatus.Unimplemented, $"{name}: {why}"));
}
