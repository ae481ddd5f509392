using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.FunctionsHost.Durable;

/// <summary>The extension's gRPC service for clients on its own machine.</summary>
internal sealed class ExtensionListener : IAsyncDisposable
{
    private const int Unknown = 2;
    private const int AlreadyExists = 6;
    private readonly DurableExtension _extension;
    private readonly bool _knowsReusePolicy;
    private readonly string _taskHub;
    private readonly WebApplication _app;

    private ExtensionListener(DurableExtension extension, string taskHub, bool knowsReusePolicy)
    {
        (_extension, _taskHub, _knowsReusePolicy) = (extension, taskHub, knowsReusePolicy);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>What the <c>durableClient</c> binding calls rpcBaseUrl.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<ExtensionListener> StartAsync(DurableExtension extension, string taskHub, bool knowsReusePolicy, CancellationToken cancellationToken)
    {
        var listener = new ExtensionListener(extension, taskHub, knowsReusePolicy);
        await listener._app.StartAsync(cancellationToken);
        return listener;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        http.Response.ContentType = "application/grpc";
        var (status, message) = await AnswerAsync(http);
        http.Response.AppendTrailer("grpc-status", $"{status}");
        if (message.Length > 0) http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(message));
    }

    private async Task<(int Status, string Message)> AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        // What gRPC requires of a client, which lenient servers do not check.
        if (request.ContentType is not "application/grpc" || request.Headers.TE != "trailers" || !HttpMethods.IsPost(request.Method))
            return (Unknown, $"{request.Method} with content type '{request.ContentType}' and TE '{request.Headers.TE}' is no gRPC call.");
        if (request.Headers["Durable-TaskHub"] is [var hub] && hub != _taskHub)
            return (Unknown, $"There is no task hub '{hub}'.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, http.RequestAborted);
        var frame = body.ToArray();
        if (frame.Length < 5 || frame[0] is not 0 || BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(1)) != frame.Length - 5)
            return (Unknown, "The request is no single, uncompressed message.");
        try
        {
            var answer = await RunAsync(request.Path.Value!, frame.AsSpan(5).ToArray(), http.RequestAborted);
            var bytes = new byte[5 + answer.CalculateSize()];
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), (uint)(bytes.Length - 5));
            answer.WriteTo(bytes.AsSpan(5));
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
            return (0, "");
        }
        catch (RefusedException refused)
        {
            return (refused.Status, refused.Message);
        }
    }

    private async Task<IMessage> RunAsync(string path, byte[] message, CancellationToken cancellationToken) => path switch
    {
        "/TaskHubSidecarService/StartInstance" => Start(CreateInstanceRequest.Parser.ParseFrom(message)),
        "/TaskHubSidecarService/GetInstance" => Get(GetInstanceRequest.Parser.ParseFrom(message)),
        "/TaskHubSidecarService/WaitForInstanceStart" => await WaitAsync(message, i => i.Status is not OrchestrationStatus.Pending, cancellationToken),
        "/TaskHubSidecarService/WaitForInstanceCompletion" => await WaitAsync(message, i => i.IsFinished, cancellationToken),
        "/TaskHubSidecarService/RaiseEvent" when RaiseEventRequest.Parser.ParseFrom(message) is var raise =>
            Send(raise.InstanceId, new() { EventId = -1, EventRaised = new() { Name = raise.Name, Input = raise.Input } }, new RaiseEventResponse()),
        "/TaskHubSidecarService/TerminateInstance" when TerminateRequest.Parser.ParseFrom(message) is var end =>
            Send(end.InstanceId, new() { EventId = -1, ExecutionTerminated = new() { Input = end.Output, Recurse = end.Recursive } }, new TerminateResponse()),
        "/TaskHubSidecarService/SuspendInstance" when SuspendRequest.Parser.ParseFrom(message) is var suspend =>
            Send(suspend.InstanceId, new() { EventId = -1, ExecutionSuspended = new() { Input = suspend.Reason } }, new SuspendResponse()),
        "/TaskHubSidecarService/ResumeInstance" when ResumeRequest.Parser.ParseFrom(message) is var resume =>
            Send(resume.InstanceId, new() { EventId = -1, ExecutionResumed = new() { Input = resume.Reason } }, new ResumeResponse()),
        "/TaskHubSidecarService/QueryInstances" => Query(QueryInstancesRequest.Parser.ParseFrom(message).Query),
        "/TaskHubSidecarService/PurgeInstances" when PurgeInstancesRequest.Parser.ParseFrom(message) is var purge =>
            new PurgeInstancesResponse { DeletedInstanceCount = _extension.Purge(purge.InstanceId) ? 1 : 0 },
        "/TaskHubSidecarService/StreamInstanceHistory" when StreamInstanceHistoryRequest.Parser.ParseFrom(message) is var stream =>
            _extension.Read(stream.InstanceId, i => new HistoryChunk { Events = { i?.History ?? throw Missing(stream.InstanceId) } }),
        _ => throw new RefusedException(12, $"{path} is not implemented."),
    };

    private CreateInstanceResponse Start(CreateInstanceRequest request)
    {
        // Older extensions do not read the policy: whatever is finished gives way.
        var started = _extension.TryStart(request.Name, request.InstanceId, request.Input,
            status => _knowsReusePolicy ? request.OrchestrationIdReusePolicy.ReplaceableStatus.Contains(status) : DurableExtension.IsFinal(status));
        return started
            ? new() { InstanceId = request.InstanceId }
            : throw new RefusedException(AlreadyExists, $"An Orchestration instance with the ID {request.InstanceId} already exists.");
    }

    private GetInstanceResponse Get(GetInstanceRequest request) => _extension.Read(request.InstanceId, i => i is null
        ? new GetInstanceResponse()
        : new GetInstanceResponse { Exists = true, OrchestrationState = StateOf(i, request.GetInputsAndOutputs) });

    private async Task<GetInstanceResponse> WaitAsync(byte[] message, Func<HubInstance, bool> condition, CancellationToken cancellationToken)
    {
        var request = GetInstanceRequest.Parser.ParseFrom(message);
        await _extension.WaitAsync(all => all.TryGetValue(request.InstanceId, out var instance) && condition(instance), cancellationToken);
        return Get(request);
    }

    private T Send<T>(string id, HistoryEvent happened, T answer) where T : IMessage =>
        _extension.TrySend(id, happened) ? answer : throw Missing(id);

    private QueryInstancesResponse Query(InstanceQuery query)
    {
        // Pages of two at most: whoever asks must go on asking.
        var size = Math.Clamp(query.MaxInstanceCount, 1, 2);
        var after = query.ContinuationToken ?? "";
        var found = _extension.ReadAll(
            i => string.CompareOrdinal(i.Id, after) > 0
                && i.Id.StartsWith(query.InstanceIdPrefix ?? "", StringComparison.Ordinal)
                && (query.RuntimeStatus.Count is 0 || query.RuntimeStatus.Contains(i.Status)),
            i => StateOf(i, query.FetchInputsAndOutputs));
        return new()
        {
            OrchestrationState = { found.Take(size) },
            ContinuationToken = found.Count > size ? found[size - 1].InstanceId : null,
        };
    }

    // Tags are not kept, and the failure is told without what caused it: as the extension does.
    private static OrchestrationState StateOf(HubInstance instance, bool payloads) => new()
    {
        InstanceId = instance.Id,
        Name = instance.Name,
        Version = "",
        OrchestrationStatus = instance.Status,
        CreatedTimestamp = Timestamp.FromDateTimeOffset(instance.Created),
        LastUpdatedTimestamp = Timestamp.FromDateTimeOffset(instance.Updated),
        Input = payloads ? instance.Input : null,
        Output = payloads ? instance.Output : null,
        CustomStatus = payloads ? instance.CustomStatus : null,
        FailureDetails = instance.Failure is { } failure ? new() { ErrorType = failure.ErrorType, ErrorMessage = failure.ErrorMessage, StackTrace = failure.StackTrace } : null,
    };

    // The extension throws ArgumentException, which gRPC calls unknown.
    private static RefusedException Missing(string id) => new(Unknown, $"Exception was thrown by handler: no instance with ID '{id}' was found.");

    private sealed class RefusedException(int status, string message) : Exception(message)
    {
        public int Status { get; } = status;
    }
}
