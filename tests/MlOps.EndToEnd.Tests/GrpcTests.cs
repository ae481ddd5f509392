using System.Net;
using System.Net.Sockets;

namespace MlOps.EndToEnd.Tests;

/// <summary>The port for workers and clients of other languages. What is spoken there is tested in MlOps.DurableTask.Sidecar.Tests.</summary>
public sealed class GrpcTests
{
    [Fact]
    public async Task Up_serves_grpc_on_the_port_it_is_given()
    {
        using var installation = new Installation();
        var port = QuietPort.Find();
        using var server = await Server.StartAsync(installation, "--grpc-port", $"{port}");
        using var http = new HttpClient();
        using var hello = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{port}/TaskHubSidecarService/Hello"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        hello.Content.Headers.ContentType = new("application/grpc");

        using var answer = await http.SendAsync(hello);

        Assert.Equal("0", Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task A_grpc_port_that_is_none_is_refused()
    {
        using var installation = new Installation();
        var result = await installation.RunAsync("up", "--grpc-port", "70000");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--grpc-port is 70000: it must be between 0 and 65535.", result.Errors, StringComparison.Ordinal);
    }
}
