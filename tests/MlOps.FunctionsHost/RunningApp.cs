using System.Text.Json.Nodes;
using MlOps.FunctionsHost.Durable;
using MlOps.FunctionsHost.Publishing;
using MlOps.FunctionsHost.Triggers;
using MlOps.FunctionsHost.Worker;

namespace MlOps.FunctionsHost;

/// <summary>An application as a Functions host runs it: its handler as a process, its triggers, and the Durable Task extension.</summary>
internal sealed class RunningApp : IAsyncDisposable
{
    private readonly ExtensionListener _listener;
    private readonly HttpProxy _proxy;
    private readonly HostOptions _options;

    private RunningApp(PublishedApp app, HandlerProcess handler, Invoker invoker, DurableExtension durable, ActivityCalls activities, ExtensionListener listener, HttpProxy proxy, HostOptions options) =>
        (App, Handler, Invoker, Durable, Activities, _listener, _proxy, _options) = (app, handler, invoker, durable, activities, listener, proxy, options);

    public PublishedApp App { get; }

    public HandlerProcess Handler { get; private set; }

    public Invoker Invoker { get; }

    public DurableExtension Durable { get; }

    public ActivityCalls Activities { get; }

    /// <summary>Where the extension listens.</summary>
    public string RpcAddress => _listener.Address;

    public static async Task<RunningApp> StartAsync(PublishedApp app, HostOptions options, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var handler = await HandlerProcess.StartAsync(app, options.Settings, port: 0, cancellationToken);
        var invoker = new Invoker(handler.Address);
        var activities = new ActivityCalls(app, invoker, options, time);
        var durable = new DurableExtension(new OrchestratorTurns(app, invoker, time), activities, time);
        var listener = await ExtensionListener.StartAsync(durable, app.TaskHub, options.KnowsReusePolicy, cancellationToken);
        return new(app, handler, invoker, durable, activities, listener, new HttpProxy(app, invoker, handler.Address), options);
    }

    /// <summary>The handler dies at once, and the host starts another one.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        var port = Handler.Address.Port;
        Handler.Kill();
        await Handler.DisposeAsync();
        Handler = await HandlerProcess.StartAsync(App, _options.Settings, port, cancellationToken);
    }

    /// <summary>A request from outside.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _proxy.SendAsync(request, cancellationToken);

    /// <summary>Tells every function with an Event Grid trigger of an event.</summary>
    public async Task PublishAsync(JsonObject happened, CancellationToken cancellationToken)
    {
        var functions = App.Functions.Where(f => f.TriggerType is "eventGridTrigger").ToList();
        if (functions.Count is 0) throw new HostRuleException("No function has an Event Grid trigger.");
        foreach (var function in functions)
            for (var delivery = 0; delivery < (_options.DeliverTwice ? 2 : 1); delivery++) await TriggerAsync(function, happened, cancellationToken);
    }

    /// <summary>Tells of a blob that was created, as a storage account's system topic does.</summary>
    public Task BlobCreatedAsync(string blob, long length, CancellationToken cancellationToken) => PublishAsync(
        new()
        {
            ["id"] = Path.GetRandomFileName(),
            ["topic"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/data",
            ["subject"] = $"/blobServices/default/containers/mlops/blobs/{blob}",
            ["eventType"] = "Microsoft.Storage.BlobCreated",
            ["eventTime"] = TimeProvider.System.GetUtcNow().UtcDateTime,
            ["dataVersion"] = "",
            ["metadataVersion"] = "1",
            ["data"] = new JsonObject { ["api"] = "PutBlob", ["url"] = $"https://data.blob.core.windows.net/mlops/{blob}", ["contentLength"] = length, ["blobType"] = "BlockBlob", ["eTag"] = "0x8D", ["sequencer"] = "0000" },
        },
        cancellationToken);

    /// <summary>Fires a timer.</summary>
    public async Task FireAsync(string timer, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var fired = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = new JsonObject { ["Last"] = now.AddMinutes(-5), ["Next"] = now.AddMinutes(5), ["LastUpdated"] = now.AddMinutes(-5) },
            ["IsPastDue"] = false,
        };
        for (var delivery = 0; delivery < (_options.DeliverTwice ? 2 : 1); delivery++) await TriggerAsync(App.Function(timer, "timerTrigger"), fired, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Durable.DisposeAsync();
        await Handler.DisposeAsync();
        await _listener.DisposeAsync();
        _proxy.Dispose();
        Invoker.Dispose();
    }

    private async Task TriggerAsync(PublishedFunction function, JsonObject value, CancellationToken cancellationToken)
    {
        var data = new JsonObject { [function.TriggerName] = value.DeepClone() };
        foreach (var client in function.Bindings.Where(b => (string)b["type"]! is "durableClient")) data[(string)client["name"]!] = HostValues.Text(ClientBinding().ToJsonString());
        var metadata = new JsonObject { ["data"] = value.DeepClone(), ["sys"] = HostValues.System(function.Name, TimeProvider.System) };
        await Invoker.InvokeAsync(function, data, metadata, cancellationToken);
    }

    private JsonObject ClientBinding() => new()
    {
        ["taskHubName"] = App.TaskHub,
        ["connectionName"] = "Storage",
        ["rpcBaseUrl"] = _listener.Address,
        ["requiredQueryStringParameters"] = "code=system-key",
        ["httpBaseUrl"] = "https://app.example/runtime/webhooks/durabletask",
        ["grpcHttpClientTimeout"] = "00:01:40",
    };
}
