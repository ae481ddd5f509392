using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlOps.DurableTask.Sidecar.Grpc;

/// <summary>Does what a method of the service does: reads the request from the call, writes the answers to it.</summary>
internal delegate Task GrpcMethod(GrpcCall call);

/// <summary>Takes gRPC calls from HTTP/2 requests, and turns how they end into trailers.</summary>
/// <param name="methods">The methods by path.</param>
/// <param name="translate">Gives the status for an exception of the methods; <see langword="null"/> for a defect.</param>
/// <param name="maxMessageBytes">Most bytes of a request message.</param>
/// <param name="time">Measures deadlines.</param>
/// <param name="logger">Is told of defects.</param>
/// <param name="stopping">Ends all calls.</param>
internal sealed partial class GrpcHandler(
    IReadOnlyDictionary<string, GrpcMethod> methods, Func<Exception, GrpcException?> translate, int maxMessageBytes, TimeProvider time, ILogger logger,
    CancellationToken stopping)
{
    private const string ContentType = "application/grpc";

    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = "POST";
            return;
        }
        if (!IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        http.Response.ContentType = ContentType;
        http.Response.Headers["grpc-accept-encoding"] = "identity";
        var (status, message) = await RunAsync(http);
        http.Response.AppendTrailer("grpc-status", ((int)status).ToString());
        if (message.Length > 0)
            http.Response.AppendTrailer("grpc-message", GrpcMessageText.Encode(message));
    }

    private async Task<(GrpcStatus Status, string Message)> RunAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var deadline = CancellationToken.None;
        try
        {
            using var timer = GrpcTimeout.Parse(http.Request.Headers["grpc-timeout"]) is { } timeout ? new CancellationTokenSource(timeout, time) : null;
            deadline = timer?.Token ?? CancellationToken.None;
            using var registration = deadline.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), ended);
            RequireIdentity(http.Request.Headers["grpc-encoding"]);
            if (!methods.TryGetValue(http.Request.Path.Value ?? "", out var method))
                throw new GrpcException(GrpcStatus.Unimplemented, $"'{http.Request.Path}' is no method of this server.");
            await method(new GrpcCall(http, maxMessageBytes, ended.Token));
            return (GrpcStatus.Ok, "");
        }
        catch (GrpcException e)
        {
            return (e.Status, e.Message);
        }
        catch (Exception e) when (deadline.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            return (GrpcStatus.DeadlineExceeded, "The deadline of the call has passed.");
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            return (GrpcStatus.Cancelled, "");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return (GrpcStatus.Unavailable, "The server stops.");
        }
        // Whatever a method throws must reach the caller as a status; what nobody foresaw is a defect of ours.
        catch (Exception e)
        {
            if (translate(e) is { } known)
                return (known.Status, known.Message);
            LogDefect(http.Request.Path.Value ?? "", e);
            return (GrpcStatus.Internal, $"{e.GetType().Name}; the log of the server has the details.");
        }
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is ';' or '+')
        && (!contentType.Contains('+', StringComparison.Ordinal) || contentType.StartsWith(ContentType + "+proto", StringComparison.OrdinalIgnoreCase));

    private static void RequireIdentity(string? encoding)
    {
        if (encoding is not (null or "" or "identity"))
            throw new GrpcException(GrpcStatus.Unimplemented, $"grpc-encoding is '{encoding}': this server takes messages as they are (identity).");
    }

    [LoggerMessage(3201, LogLevel.Error, "gRPC method {Path} failed")]
    private partial void LogDefect(string path, Exception exception);
}
