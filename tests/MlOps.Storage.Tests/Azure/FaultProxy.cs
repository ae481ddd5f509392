using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure;

/// <summary>What goes wrong with one request.</summary>
internal abstract record Fault
{
    /// <summary>The service answers so, and does nothing.</summary>
    public sealed record Status(int Code, string? RetryAfter = null) : Fault;

    /// <summary>The connection breaks before the request has arrived.</summary>
    public sealed record LostRequest : Fault;

    /// <summary>The service does it, but its answer gets lost.</summary>
    public sealed record LostAnswer : Fault;

    /// <summary>The service does not answer in time.</summary>
    public sealed record Silence : Fault;

    /// <summary>The connection breaks in the middle of the answer.</summary>
    public sealed record CutAnswer(int Bytes) : Fault;
}

/// <summary>Stands before the emulator and lets requests go wrong, in the order that a test says.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private static readonly HttpClient s_forward = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Fault> _faults = new();

    private FaultProxy(WebApplication app) => _app = app;

    /// <summary>Requests seen, as method and path with query.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Every request meets this fault; <see langword="null"/>: only those that were queued.</summary>
    public Fault? Always { get; set; }

    /// <summary>Which requests meet faults. Default: all.</summary>
    public Func<HttpRequest, bool> Meets { get; set; } = _ => true;

    /// <summary>A whole answer of the test's own instead of the emulator's; <see langword="null"/>: the emulator's.</summary>
    public Func<HttpContext, Task<bool>>? Answer { get; set; }

    public string ConnectionString => AzuriteServer.ConnectionStringFor(new Uri(Addresses[0], AzuriteServer.Account), new Uri(Addresses[1], AzuriteServer.Account));

    // Blobs and tables have a port each, as with the emulator: paths are signed, so they must stay as they are.
    private Uri[] Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))];

    public static async Task<FaultProxy> StartAsync()
    {
        var azurite = await AzuriteServer.SharedAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var proxy = new FaultProxy(app);
        app.Run(context => proxy.HandleAsync(context, azurite));
        await app.StartAsync();
        return proxy;
    }

    public void Next(params Fault[] faults)
    {
        foreach (var fault in faults) _faults.Enqueue(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context, AzuriteServer azurite)
    {
        var target = context.Connection.LocalPort == Addresses[0].Port ? azurite.BlobEndpoint : azurite.TableEndpoint;
        var raw = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Requests.Enqueue($"{context.Request.Method} {raw}");
        if (Answer is { } answer && await answer(context)) return;

        Fault? fault = Always;
        if (Meets(context.Request) && _faults.TryDequeue(out var queued)) fault = queued;
        switch (fault)
        {
            case Fault.Status status:
                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Response.StatusCode = status.Code;
                if (status.RetryAfter is { } after) context.Response.Headers.RetryAfter = after;
                context.Response.Headers["x-ms-error-code"] = "ServerBusy";
                return;
            case Fault.LostRequest:
                context.Abort();
                return;
            case Fault.Silence:
                await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
        }
        await ForwardAsync(context, new Uri(target, raw), fault);
    }

    private static async Task ForwardAsync(HttpContext context, Uri target, Fault? fault)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (body.Length > 0 || context.Request.Method is "PUT" or "POST") request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name is "Host" or "Transfer-Encoding" or "Content-Length" or "Connection") continue;
            if (!request.Headers.TryAddWithoutValidation(name, [.. value])) request.Content?.Headers.TryAddWithoutValidation(name, [.. value]);
        }
        using var response = await s_forward.SendAsync(request);
        if (fault is Fault.LostAnswer)
        {
            context.Abort();
            return;
        }
        var content = await response.Content.ReadAsByteArrayAsync();
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive")) context.Response.Headers[name] = values.ToArray();
        if (fault is Fault.CutAnswer(var bytes))
        {
            await context.Response.Body.WriteAsync(content.AsMemory(0, Math.Min(bytes, content.Length)));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }
        if (context.Request.Method is not "HEAD" && content.Length > 0) await context.Response.Body.WriteAsync(content);
    }
}
