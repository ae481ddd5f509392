using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Storage;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests;

/// <summary>Serving as a host has it, over HTTP, on an empty home. Version v of its model adds v to the size.</summary>
internal sealed class ServingHost : IAsyncDisposable
{
    private readonly string _home;
    private readonly WebApplication _app;
    private readonly Warnings _warnings;

    private ServingHost(string home, WebApplication app, Warnings warnings)
    {
        (_home, _app, _warnings) = (home, app, warnings);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/") };
    }

    public static TimeSpan Patience => Eventually.Patience;

    public HttpClient Http { get; }

    public IBlobStore Blobs => _app.Services.GetRequiredService<IBlobStore>();

    private EndpointStore Endpoints => _app.Services.GetRequiredService<EndpointStore>();

    /// <param name="configure">Changes the services.</param>
    /// <param name="home">The home of an earlier host; a new one otherwise.</param>
    public static async Task<ServingHost> StartAsync(Action<IServiceCollection>? configure = null, string? home = null)
    {
        home ??= Directory.CreateTempSubdirectory("mlops-serving-").FullName;
        var warnings = new Warnings();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(warnings);
        builder.Services.AddSingleton(TimeProvider.System).AddLocalStorage(home).AddServing();
        builder.Services.Configure<ServingOptions>(o => o.PollInterval = TimeSpan.FromMilliseconds(20));
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapServing();
        await app.StartAsync();
        return new ServingHost(home, app, warnings);
    }

    public string Home => _home;

    public IServiceProvider Services => _app.Services;

    public Task StopAsync() => _app.StopAsync();

    public string PathOf(string blob) => Path.Combine(_home, blob);

    /// <summary>Lays a version's package; answers the variant that a manifest names.</summary>
    public async Task<EndpointVariant> AddModelAsync(int version, string variant = "champion", int weight = 100, InputProfile? profile = null)
    {
        var path = ModelPackage.PathOf("adding", version);
        IReadOnlyList<FeatureDefinition> inputs = [new("size", "size", FeatureKind.Number)];
        var row = JsonSerializer.SerializeToElement(new { size = 1.0 });
        var file = AddingModel.Of(version);
        await Blobs.WriteJsonAsync(path + ModelPackage.Signature, new ModelSignature { Inputs = inputs, Task = LearningTask.Regression }, default);
        await Blobs.WriteJsonAsync(path + ModelPackage.Features, new FeatureTransform
        {
            Columns = [new() { Name = "size", Type = ColumnType.Double, Max = 1e6 }],
            Features = inputs,
            Label = new("answer", "size", LearningTask.Regression, []),
        }, default);
        await Blobs.WriteJsonAsync(path + ModelPackage.Inputs, profile ?? new InputProfile { Columns = [] }, default);
        await Blobs.WriteJsonAsync(path + ModelPackage.Golden, new GoldenRows([row], [[1f + version]]), default);
        await Blobs.TryWriteAsync(path + ModelPackage.Model, file, WriteCondition.None, default);
        var sums = await VerifiedPackage.SealAsync(Blobs, path, default);
        return new(variant, "adding", version, sums.Of(ModelPackage.Model)!, weight) { Package = sums.Sha256 };
    }

    /// <summary>Writes a manifest as it is, whatever it says.</summary>
    public Task WriteManifestAsync(EndpointManifest manifest) => Blobs.WriteJsonAsync($"endpoints/{manifest.Endpoint}/manifest.json", manifest, default);

    public static EndpointManifest Manifest(string endpoint, int revision, params EndpointVariant[] variants) => new()
    {
        Endpoint = endpoint,
        Revision = revision,
        Variants = variants,
        UpdatedAt = DateTimeOffset.UnixEpoch,
        UpdatedBy = "test",
        Reason = "A test.",
    };

    /// <summary>Waits until a manifest is followed.</summary>
    public async Task FollowsAsync(string endpoint, int revision)
    {
        var end = DateTime.UtcNow + Patience;
        while (await MetricsAsync(endpoint) is var metrics && metrics?.Revision != revision)
        {
            Assert.True(DateTime.UtcNow < end, $"{endpoint} follows revision {metrics?.Revision}, not {revision}; warnings: {string.Join('\n', _warnings.Texts)}");
            await Task.Delay(10);
        }
    }

    public async Task<EndpointMetrics?> MetricsAsync(string endpoint)
    {
        using var response = await Http.GetAsync($"api/endpoints/{endpoint}/metrics");
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<EndpointMetrics>(MlOpsJson.Compact) : null;
    }

    /// <summary>Waits until the metrics of an endpoint are as they should be.</summary>
    public async Task<EndpointMetrics> MetricsAsync(string endpoint, Func<EndpointMetrics, bool> until)
    {
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            var metrics = await MetricsAsync(endpoint);
            if (metrics is not null && until(metrics)) return metrics;
            Assert.True(DateTime.UtcNow < end, $"the metrics stay {JsonSerializer.Serialize(metrics)}");
            await Task.Delay(10);
        }
    }

    /// <summary>Whether the host says that it is ready, and what it says.</summary>
    public async Task<(int Status, string Body)> ReadyAsync()
    {
        using var response = await Http.GetAsync("health/ready");
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a body to a path.</summary>
    public async Task<(HttpResponseMessage Response, JsonElement Body)> PostAsync(string path, object body, string? requestId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (requestId is not null) request.Headers.Add("X-Request-Id", requestId);
        var response = await Http.SendAsync(request);
        return (response, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public Task SwitchAsync(string endpoint, params EndpointVariant[] variants) =>
        Endpoints.SwitchAsync(endpoint, variants, "test", Guid.NewGuid().ToString(), default);

    /// <summary>Asks once; the status and the version that answered.</summary>
    public async Task<(int Status, int Version, double Value)> AskAsync(string endpoint, double size)
    {
        using var response = await Http.PostAsJsonAsync($"api/endpoints/{endpoint}/predict", new { instances = new[] { new { size } } });
        if (!response.IsSuccessStatusCode) return ((int)response.StatusCode, 0, 0);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (200, answer.GetProperty("version").GetInt32(), answer.GetProperty("predictions")[0].GetProperty("value").GetDouble());
    }

    public async Task AnswersAsync(string endpoint, int status, int version)
    {
        var end = DateTime.UtcNow + Patience;
        while (await AskAsync(endpoint, 1) is var answer && (answer.Status, answer.Version) != (status, version))
        {
            Assert.True(DateTime.UtcNow < end, $"{endpoint} answers {answer}, not {status} with version {version}; warnings: {string.Join('\n', _warnings.Texts)}");
            await Task.Delay(10);
        }
    }

    /// <summary>The first warning that holds a text.</summary>
    public async Task<string> WarnsAsync(string text)
    {
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            if (_warnings.Texts.FirstOrDefault(w => w.Contains(text, StringComparison.Ordinal)) is { } warning) return warning;
            Assert.True(DateTime.UtcNow < end, $"no warning with '{text}' among: {string.Join('\n', _warnings.Texts)}");
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _warnings.Dispose();
        if (Directory.Exists(_home)) Directory.Delete(_home, recursive: true);
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Texts { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Texts.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
