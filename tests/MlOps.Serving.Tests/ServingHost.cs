using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
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

    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(1);

    public HttpClient Http { get; }

    public IBlobStore Blobs => _app.Services.GetRequiredService<IBlobStore>();

    private EndpointStore Endpoints => _app.Services.GetRequiredService<EndpointStore>();

    public static async Task<ServingHost> StartAsync()
    {
        var home = Directory.CreateTempSubdirectory("mlops-serving-").FullName;
        var warnings = new Warnings();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(warnings);
        builder.Services.AddSingleton(TimeProvider.System).AddLocalStorage(home).AddServing();
        builder.Services.Configure<ServingOptions>(o => o.PollInterval = TimeSpan.FromMilliseconds(20));
        var app = builder.Build();
        app.MapServing();
        await app.StartAsync();
        return new ServingHost(home, app, warnings);
    }

    public string PathOf(string blob) => Path.Combine(_home, blob);

    /// <summary>Lays a version's package; answers the variant that a manifest names.</summary>
    public async Task<EndpointVariant> AddModelAsync(int version)
    {
        var path = ModelPackage.PathOf("adding", version);
        IReadOnlyList<FeatureDefinition> inputs = [new("size", "size", FeatureKind.Number)];
        var row = JsonSerializer.SerializeToElement(new { size = 1.0 });
        var file = AddingModel.Of(version);
        await Blobs.WriteJsonAsync(path + ModelPackage.Signature, new ModelSignature { Inputs = inputs, Task = LearningTask.Regression }, default);
        await Blobs.WriteJsonAsync(path + ModelPackage.Features, new FeatureTransform
        {
            Columns = [new() { Name = "size", Type = ColumnType.Double }],
            Features = inputs,
            Label = new("answer", "size", LearningTask.Regression, []),
        }, default);
        await Blobs.WriteJsonAsync(path + ModelPackage.Golden, new GoldenRows([row], [[1f + version]]), default);
        await Blobs.TryWriteAsync(path + ModelPackage.Model, file, WriteCondition.None, default);
        return new("champion", "adding", version, Convert.ToHexStringLower(SHA256.HashData(file)), 100);
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
        Directory.Delete(_home, recursive: true);
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
