using Google.Protobuf;
using MlOps.DurableTask.Sidecar.Grpc;

namespace MlOps.DurableTask.Sidecar.Service;

/// <summary>A method of the service: its name in the protocol, and what it does.</summary>
internal sealed record ServiceMethod(string Name, GrpcMethod Run)
{
    /// <summary>A method with one request and one answer.</summary>
    public static ServiceMethod Unary<TRequest>(
        string name, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<IMessage>> answer)
        where TRequest : IMessage<TRequest> =>
        new(name, async call =>
        {
            var request = await call.ReadAsync(parser);
            await call.WriteAsync(await answer(request, call.CancellationToken));
        });
}
