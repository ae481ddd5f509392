namespace MlOps.DurableTask.Functions.Grpc;

/// <summary>How a call ended. The numbers are gRPC's; those that are told apart here.</summary>
internal enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    NotFound = 5,
    AlreadyExists = 6,
    FailedPrecondition = 9,
}

/// <summary>A call ended with a status other than OK.</summary>
internal sealed class GrpcStatusException(GrpcStatus status, string message) : Exception(message)
{
    public GrpcStatus Status { get; } = status;
}
