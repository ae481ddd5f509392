using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>Which status an error of the task hub is to a caller elsewhere.</summary>
internal static class ErrorStatus
{
    /// <summary>The status; <see langword="null"/> for what the hub does not throw on purpose.</summary>
    public static GrpcException? Of(Exception error)
    {
        var status = error switch
        {
            OrchestrationNotFoundException => GrpcStatus.NotFound,
            OrchestrationAlreadyExistsException => GrpcStatus.AlreadyExists,
            OrchestrationStateException => GrpcStatus.FailedPrecondition,
            PayloadTooLargeException => GrpcStatus.ResourceExhausted,
            ArgumentException or FormatException => GrpcStatus.InvalidArgument,
            // The hub starts over by itself; the same call may succeed in a moment.
            TaskHubStorageException or ObjectDisposedException => GrpcStatus.Unavailable,
            _ => GrpcStatus.Ok,
        };
        return status == GrpcStatus.Ok ? null : new GrpcException(status, error.Message);
    }
}
