using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Tests.Grpc;

/// <summary>What the server makes of HTTP/2 requests that no well-behaved client sends.</summary>
public sealed class GrpcProtocolTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private SidecarHost? _host;

    public async Task InitializeAsync() => _host = await SidecarHost.StartAsync(_folder, configure: sidecar => sidecar.MaxMessageBytes = 64 * 1024);

    public async Task DisposeAsync() => await _host!.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_answer_is_a_frame_and_a_status()
    {
        using var response = await SendAsync("Hello", Frame([]));
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal([0, 0, 0, 0, 0], body);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task An_unknown_method_is_unimplemented() =>
        await AssertStatusAsync("12", "'/TaskHubSidecarService/Dance' is no method of this server.", "Dance", Frame([]));

    [Fact]
    public async Task A_request_without_message_is_refused() =>
        await AssertStatusAsync("13", "The request ends within a message: 0 bytes came", "Hello", []);

    [Fact]
    public async Task Half_a_message_is_refused() =>
        await AssertStatusAsync("13", "The request ends within a message: 7 bytes came, 15 were announced", "Hello", [0, 0, 0, 0, 10, 1, 2]);

    [Fact]
    public async Task A_second_message_is_refused() =>
        await AssertStatusAsync("13", "The request holds more than one message", "Hello", [.. Frame([]), .. Frame([])]);

    [Fact]
    public async Task A_compressed_message_is_refused() =>
        await AssertStatusAsync("12", "The message is compressed", "Hello", [1, 0, 0, 0, 0]);

    [Fact]
    public async Task A_frame_that_is_none_is_refused() =>
        await AssertStatusAsync("12", "The message starts with 7b", "Hello", "{\"json\":1}"u8.ToArray());

    [Fact]
    public async Task A_message_above_the_limit_is_refused_before_it_has_come() =>
        await AssertStatusAsync("8", "The message has 4294967295 bytes; this server takes 65536", "Hello", [0, 255, 255, 255, 255]);

    [Fact]
    public async Task Bytes_that_are_no_such_message_are_refused() =>
        await AssertStatusAsync("13", "The message is no GetInstanceRequest", "GetInstance", Frame([0x0A, 0x7F, 0x01]));

    [Fact]
    public async Task A_compression_that_is_not_offered_is_refused()
    {
        using var response = await SendAsync("Hello", Frame([]), request => request.Headers.Add("grpc-encoding", "gzip"));
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("12", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        Assert.Equal("identity", Assert.Single(response.Headers.GetValues("grpc-accept-encoding")));
    }

    [Fact]
    public async Task An_error_names_the_instance_and_arrives_percent_encoded() => await AssertStatusAsync(
        "5", "There is no instance 'größe'.", "WaitForInstanceStart", Frame(new GetInstanceRequest { InstanceId = "größe" }.ToByteArray()));

    [Fact]
    public async Task A_deadline_ends_a_wait()
    {
        var id = await _host!.Client.ScheduleNewOrchestrationInstanceAsync("NobodyServesThis");
        using var response = await SendAsync(
            "WaitForInstanceCompletion", Frame(new GetInstanceRequest { InstanceId = id }.ToByteArray()), request => request.Headers.Add("grpc-timeout", "50m"));
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("4", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task Anything_but_grpc_is_refused_as_http()
    {
        using var json = await SendAsync("Hello", Frame([]), request => request.Content!.Headers.ContentType = new("application/json"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        using var get = new HttpRequestMessage(HttpMethod.Get, AddressOf("Hello")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var refused = await _http.SendAsync(get);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }

    [Fact]
    public async Task An_instance_may_give_way_in_the_states_that_the_caller_names()
    {
        await StartAsync("x", replaceable: null, "0");
        await StartAsync("x", [], "6");
        await StartAsync("x", [DurableTask.Protocol.OrchestrationStatus.Completed], "6");
        await StartAsync("x", [DurableTask.Protocol.OrchestrationStatus.Pending], "0");
    }

    private async Task StartAsync(string id, DurableTask.Protocol.OrchestrationStatus[]? replaceable, string status)
    {
        var start = new CreateInstanceRequest { InstanceId = id, Name = "NobodyServesThis" };
        if (replaceable is not null)
            start.OrchestrationIdReusePolicy = new OrchestrationIdReusePolicy { ReplaceableStatus = { replaceable } };
        using var response = await SendAsync("StartInstance", Frame(start.ToByteArray()));
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(status, Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    private async Task AssertStatusAsync(string status, string message, string method, byte[] body)
    {
        using var response = await SendAsync(method, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(status, Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        Assert.StartsWith(message, Uri.UnescapeDataString(Assert.Single(response.TrailingHeaders.GetValues("grpc-message"))), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, byte[] body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        change?.Invoke(request);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private Uri AddressOf(string method) => new($"http://{_host!.Address}/TaskHubSidecarService/{method}");

    private static byte[] Frame(byte[] message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }
}
