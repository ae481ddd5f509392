using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MlOps.Pipelines.Tests.Notifications;

/// <summary>A web server on this machine that takes messages, and answers as a test tells it to.</summary>
internal sealed class HttpTarget : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpTarget(WebApplication app) => _app = app;

    public ConcurrentQueue<(IReadOnlyDictionary<string, string> Headers, string Body)> Requests { get; } = new();

    public string Address => _app.Urls.First() + "/hook?token=very-secret";

    /// <param name="answer">Answers the n-th request, from 1.</param>
    public static async Task<HttpTarget> StartAsync(Func<int, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var target = new HttpTarget(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            target.Requests.Enqueue((context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync()));
            await answer(target.Requests.Count, context);
        });
        await app.StartAsync();
        return target;
    }

    public static Task<HttpTarget> StartAsync(params int[] statuses) => StartAsync((n, context) =>
    {
        context.Response.StatusCode = statuses[Math.Min(n, statuses.Length) - 1];
        return context.Response.WriteAsync("<html>no sense \0 at all");
    });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
