using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace MlOps.DurableTask.Sidecar.Grpc;

/// <summary>One call: its request, its answers, and whether the caller still waits.</summary>
internal sealed class GrpcCall(HttpContext http, int maxMessageBytes, CancellationToken cancellationToken)
{
    /// <summary>Cancelled when the caller has gone, its deadline has passed, or the server stops.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Who calls, for the log.</summary>
    public string Peer { get; } = $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}";

    public Task<T> ReadAsync<T>(MessageParser<T> parser) where T : IMessage<T> =>
        MessageFrame.ReadOnlyOneAsync(http.Request.BodyReader, parser, maxMessageBytes, CancellationToken);

    /// <summary>Sends the headers, so that the caller of a stream knows it is taken.</summary>
    public async Task StartAsync()
    {
        await http.Response.StartAsync(CancellationToken);
        await http.Response.BodyWriter.FlushAsync(CancellationToken);
    }

    public Task WriteAsync(IMessage message) => MessageFrame.WriteAsync(http.Response.BodyWriter, message, CancellationToken);
}
