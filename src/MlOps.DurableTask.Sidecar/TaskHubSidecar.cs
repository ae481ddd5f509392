using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Service;
using MlOps.DurableTask.Sidecar.Workers;

namespace MlOps.DurableTask.Sidecar;

/// <summary>The gRPC server in front of the task hub: HTTP/2 without TLS, on the loopback address only.</summary>
public sealed partial class TaskHubSidecar : IHostedService, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    internal TaskHubSidecar(
        DurableTaskClient client, RemoteWorkers workers, IOptions<SidecarOptions> options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        _logger = loggers.CreateLogger<TaskHubSidecar>();
        time ??= TimeProvider.System;
        var methods = new ClientMethods(client, time).All().Concat(new WorkerMethods(workers).All()).Concat(UnsupportedMethods.All())
            .ToDictionary(method => $"/TaskHubSidecarService/{method.Name}", method => method.Run, StringComparer.Ordinal);
        var handler = new GrpcHandler(methods, ErrorStatus.Of, options.Value.MaxMessageBytes, time, _logger, _stopping.Token);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        // The host around this one decides when to stop.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options.Value.Port));
        _app = builder.Build();
        _app.Run(handler.HandleAsync);
    }

    /// <summary>Where clients and workers connect, as the SDKs want it: host and port.</summary>
    /// <exception cref="InvalidOperationException">The server has not started.</exception>
    public string Address
    {
        get
        {
            var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
                ?? throw new InvalidOperationException("The sidecar has not started. Start the host first.");
            return new Uri(address).Authority;
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _app.StartAsync(cancellationToken);
        LogListening(Address);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Streams of work items never end by themselves.
        await _stopping.CancelAsync();
        await _app.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        // Messages have a limit of their own, and a stream may rest for as long as there is no work.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        // Each waiting client holds a stream.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        // Finds out that a peer is gone without a word; its work items then go to another.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(20);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    [LoggerMessage(3202, LogLevel.Information, "Durable Task clients and workers may connect to {Address} (gRPC, HTTP/2 without TLS)")]
    private partial void LogListening(string address);

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
