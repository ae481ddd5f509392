using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MlOps.Benchmarks.Serving;

/// <summary>The least that any server of these requests does: the same web server parses the same JSON and answers the same bytes.</summary>
internal sealed class FloorServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private FloorServer(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First() + "/answer");

    public static async Task<FloorServer> StartAsync(byte[] answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.MapPost("/answer", async (HttpRequest request) =>
        {
            using var parsed = await JsonDocument.ParseAsync(request.Body);
            return Results.Bytes(answer, "application/json");
        });
        await server.StartAsync();
        return new(server);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
