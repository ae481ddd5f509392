using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace MlOps.DurableTask.Functions.Grpc;

/// <summary>Calls gRPC methods over HTTP/2 without TLS: one message there, one or many back, uncompressed.</summary>
internal sealed class GrpcClient : IDisposable
{
    private const int HeaderBytes = 5;

    // No proxy: calls stay on this machine.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true });

    /// <summary>A call with one answer.</summary>
    /// <exception cref="GrpcStatusException">It ended with another status than OK, or without an answer.</exception>
    /// <exception cref="HttpRequestException">Nobody answered.</exception>
    public async Task<TResponse> CallAsync<TResponse>(
        Uri method, IMessage request, MessageParser<TResponse> parser, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        await foreach (var answer in StreamAsync(method, request, parser, headers, cancellationToken)) return answer;
        throw new GrpcStatusException(GrpcStatus.Unknown, "the call ended without an answer.");
    }

    /// <summary>A call with any number of answers.</summary>
    /// <inheritdoc cref="CallAsync{TResponse}"/>
    public async IAsyncEnumerable<TResponse> StreamAsync<TResponse>(
        Uri method, IMessage request, MessageParser<TResponse> parser, IEnumerable<(string Name, string Value)> headers,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        using var message = Request(method, request, headers);
        using var response = await _http.SendAsync(message, cancellationToken);
        if (response.StatusCode is not HttpStatusCode.OK)
            throw new GrpcStatusException(GrpcStatus.Unknown, $"HTTP status {(int)response.StatusCode}.");
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        // A call that ends without a message has its status among the headers, any other after the messages.
        while (await ReadAsync(body, parser, cancellationToken) is { } answer) yield return answer;
        Require(response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri method, IMessage request, IEnumerable<(string Name, string Value)> headers)
    {
        var frame = new byte[HeaderBytes + request.CalculateSize()];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)(frame.Length - HeaderBytes));
        request.WriteTo(frame.AsSpan(HeaderBytes));
        var message = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        message.Headers.TE.ParseAdd("trailers");
        foreach (var (name, value) in headers) message.Headers.Add(name, value);
        return message;
    }

    private static async Task<T?> ReadAsync<T>(Stream body, MessageParser<T> parser, CancellationToken cancellationToken) where T : IMessage<T>
    {
        var header = new byte[HeaderBytes];
        var read = await body.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken);
        if (read is 0) return default;
        if (read < HeaderBytes || header[0] is not 0)
            throw new GrpcStatusException(GrpcStatus.Unknown, "the answer is cut off or compressed, neither of which was asked for.");
        var content = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(content, cancellationToken);
        return parser.ParseFrom(content);
    }

    private static void Require(HttpResponseHeaders trailers)
    {
        var status = Find(trailers, "grpc-status") is { } text && int.TryParse(text, out var number) ? (GrpcStatus)number : GrpcStatus.Unknown;
        if (status is not GrpcStatus.Ok)
            throw new GrpcStatusException(status, Uri.UnescapeDataString(Find(trailers, "grpc-message") ?? $"status {(int)status}."));
    }

    private static string? Find(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.First() : null;
}
