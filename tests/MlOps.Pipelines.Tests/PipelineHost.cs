using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.DurableTask.Sqlite;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Storage;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Tests;

/// <summary>Storage, hub and pipelines as the host has them, with one pipeline and without triggers.</summary>
internal sealed class PipelineHost : IAsyncDisposable
{
    public const string Pipeline = """
        name: shop
        data:
          columns:
            age: { type: int, min: 0, max: 120 }
            bought: { type: int, required: true, min: 0, max: 1 }
        features:
          label: { name: bought, sql: "bought = 1" }
          inputs: { age: {} }
          split: { by: random, test: 0.25, validation: 0.2, seed: 1 }
        training:
          search: { trials: 1, parallel: 1, minimize: logLoss }
          trainers: [ { trainer: xgboost, rounds: 5 } ]
        approval: { approvers: [lead@example.com], timeout: 72h, onTimeout: reject }
        """;

    private readonly TemporaryFolder _folder;
    private readonly IHost _host;
    private readonly string _pipeline;

    private PipelineHost(TemporaryFolder folder, IHost host, string pipeline) => (_folder, _host, _pipeline) = (folder, host, pipeline);

    public RunStore Runs => Get<RunStore>();

    public DurableTaskClient Client => Get<DurableTaskClient>();

    /// <param name="more">Orchestrators of the test's own.</param>
    /// <param name="pipeline">The pipeline's file.</param>
    /// <param name="configure">Settings of the test's own.</param>
    /// <param name="storage">Puts other stores in place of the home's.</param>
    public static async Task<PipelineHost> StartAsync(
        Action<DurableTaskRegistry>? more = null, Action<IConfigurationBuilder>? configure = null, string pipeline = Pipeline, Action<IServiceCollection, string>? storage = null)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["workflows/shop"]);
        await File.WriteAllTextAsync(folder["workflows/shop/pipeline.yaml"], pipeline);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure?.Invoke(builder.Configuration);
        builder.Services.AddLogging().AddSingleton(TimeProvider.System).AddLocalStorage(folder["home"]).AddSingleton(new ServingAddress(() => new Uri("http://127.0.0.1:9/")));
        storage?.Invoke(builder.Services, folder["home"]);
        builder.Services.Configure<PipelineOptions>(o => (o.WorkflowsFolder, o.WorkFolder) = (folder["workflows"], folder["home/system/work"]));
        builder.Services.AddPipelines(folder["home"], runTriggers: false);
        if (more is not null) builder.Services.AddDurableTask(more);
        builder.Services.AddEmbeddedTaskHub(o => o.Path = folder["home/system/taskhub.db"]);
        var host = builder.Build();
        await host.StartAsync();
        return new PipelineHost(folder, host, pipeline);
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Who starts the runs that are accepted.</summary>
    public string StartedBy { get; set; } = "drop";

    public string WorkflowsFolder => _folder["workflows"];

    public string PathOf(string blob) => _folder["home/" + blob];

    public async Task WriteAsync(string blob, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(blob))!);
        await File.WriteAllTextAsync(PathOf(blob), content);
    }

    /// <summary>Accepts a run as the starter does, and stops there, as a crash would.</summary>
    public async Task<RunRecord> AcceptAsync(string id, RunStatus status = RunStatus.Queued, params string[] files)
    {
        var run = new RunRecord
        {
            RunId = id,
            Pipeline = "shop",
            Status = status,
            Trigger = RunTrigger.Drop,
            StartedBy = StartedBy,
            Files = files,
            CreatedAt = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
        };
        await Get<RunSpecs>().SaveAsync(id, _pipeline, default);
        await Runs.CreateAsync(run, default);
        return run;
    }

    public Task<OrchestrationMetadata> EndOfAsync(string id) => Client.EndOfAsync(id);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Dispose();
    }
}
