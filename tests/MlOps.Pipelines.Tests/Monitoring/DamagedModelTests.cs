using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Data.Native;
using MlOps.Monitoring.Labels;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Tests.Scoring;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;
using MlOps.Storage.Monitoring;

namespace MlOps.Pipelines.Tests.Monitoring;

/// <summary>Monitors hold production against the model that was approved, or against nothing.</summary>
public sealed class DamagedModelTests
{
    private const string Pipeline = """
        name: adding
        data:
          columns: { size: { type: double }, answer: { type: double, required: true } }
        features:
          label: { name: answer, sql: answer, task: regression }
          inputs: { size: {} }
        training:
          search: { trials: 1, minimize: rmse }
          trainers: [ { trainer: xgboost, rounds: 5 } ]
        approval: { approvers: [lead@example.com] }
        monitors:
          predictionDrift: { max: 0.5, minRows: 1 }
          quality: { minRows: 1 }
          service: {}
          staleness: {}
        """;

    private static readonly TimeWindow s_day = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2001, 3, 2, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task The_model_as_it_was_registered_is_measured()
    {
        await using var host = await StartAsync();
        Assert.All(await MeasureAsync(host), o => Assert.Null(o.Note));
        var result = (await ResultOfAsync(host, MonitorKind.PredictionDrift))!;
        Assert.NotEmpty(result.Points);

        // What chance makes of so few rows is drawn once a version; what stands there stays, and what cannot be read is drawn anew.
        const string kept = "monitoring/adding/1/chance-1.json";
        var (drawn, at) = (await File.ReadAllTextAsync(host.PathOf(kept)), File.GetLastWriteTimeUtc(host.PathOf(kept)));
        await MeasureAsync(host);
        Assert.Equal(at, File.GetLastWriteTimeUtc(host.PathOf(kept)));
        await host.WriteAsync(kept, "nonsense");
        Assert.All(await MeasureAsync(host), o => Assert.Null(o.Note));
        Assert.Equal(drawn, await File.ReadAllTextAsync(host.PathOf(kept)));
    }

    [Theory]
    [InlineData(ModelPackage.Model, MonitorKind.PredictionDrift)]
    [InlineData(ModelPackage.Signature, MonitorKind.PredictionDrift, MonitorKind.Quality)]
    [InlineData(ModelPackage.Features, MonitorKind.PredictionDrift, MonitorKind.Quality)]
    [InlineData(ModelPackage.Sums, MonitorKind.PredictionDrift, MonitorKind.Quality)]
    public async Task A_file_that_is_not_what_was_registered_is_named_with_both_hashes_and_the_other_monitors_measure(string file, params MonitorKind[] blind)
    {
        await using var host = await StartAsync();
        var path = ModelPackage.PathOf("adding", 1) + file;
        var registered = await HashOfAsync(host, path);
        await host.Get<IBlobStore>().TryWriteAsync(path, "{}"u8.ToArray(), WriteCondition.None, default);

        var outcomes = (await MeasureAsync(host)).ToDictionary(o => o.Monitor);

        foreach (var monitor in outcomes.Keys.Except(blind)) Assert.Null(outcomes[monitor].Note);
        foreach (var monitor in blind)
        {
            var expected = $"It could not be measured. {path} is not what was registered: its SHA-256 is {await HashOfAsync(host, path)}, expected {registered}.";
            Assert.StartsWith(expected, outcomes[monitor].Note, StringComparison.Ordinal);
            var result = (await ResultOfAsync(host, monitor))!;
            Assert.Equal((outcomes[monitor].Note, 2), (result.Note, result.Rows));
            Assert.Empty(result.Points);
        }
    }

    [Fact]
    public async Task What_was_measured_of_a_window_stays_when_it_cannot_be_measured_again()
    {
        await using var host = await StartAsync();
        await MeasureAsync(host);
        var before = await ResultOfAsync(host, MonitorKind.Quality);
        await host.Get<IBlobStore>().DeleteAsync(ModelPackage.PathOf("adding", 1) + ModelPackage.Features, default);

        var outcome = (await MeasureAsync(host)).Single(o => o.Monitor is MonitorKind.Quality);

        Assert.StartsWith("It could not be measured. models/adding/1/features.json is missing.", outcome.Note, StringComparison.Ordinal);
        Assert.Equal(JsonSerializer.Serialize(before), JsonSerializer.Serialize(await ResultOfAsync(host, MonitorKind.Quality)));
    }

    [Fact]
    public async Task No_label_is_read_by_a_signature_that_was_not_registered()
    {
        await using var host = await StartAsync();
        IReadOnlyList<JsonElement> labels = [JsonDocument.Parse("""{"request":"a","row":0,"label":2.5}""").RootElement];
        Assert.Equal(1, (await host.Get<LabelInbox>().AddAsync("adding", labels, null, default)).Accepted);

        await host.Get<IBlobStore>().WriteJsonAsync(
            ModelPackage.PathOf("adding", 1) + ModelPackage.Signature, new ModelSignature { Inputs = [], Task = LearningTask.Binary, Classes = ["false", "true"] }, default);

        var refused = await Assert.ThrowsAsync<PackageException>(() => host.Get<LabelInbox>().AddAsync("adding", labels, null, default));
        Assert.StartsWith("models/adding/1/signature.json is not what was registered", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A released model, the test part of its evaluation, and two answers of a day.</summary>
    private static async Task<PipelineHost> StartAsync()
    {
        var host = await PipelineHost.StartAsync();
        Directory.CreateDirectory(Path.Combine(host.WorkflowsFolder, "adding"));
        await File.WriteAllTextAsync(Path.Combine(host.WorkflowsFolder, "adding", "pipeline.yaml"), Pipeline);
        await BatchScoringTests.ReleaseAsync(host, version: 1);
        var (path, package) = (ModelPackage.PathOf("adding", 1), await HashOfAsync(host, ModelPackage.PathOf("adding", 1) + ModelPackage.Sums));
        await host.Get<ModelRegistry>().AddAsync("adding", "run-1", version => new()
        {
            Name = "adding", Version = version, Stage = ModelStage.Created, RunId = "run-1", Datasets = [], Sha256 = "", Package = package, Path = path,
            Metrics = new Dictionary<string, double>(), CreatedAt = s_day.From,
        }, "test", default);
        Directory.CreateDirectory(host.PathOf("runs/run-1/features"));
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY (SELECT CAST(i AS DOUBLE) AS size, CAST(i AS DOUBLE) AS {TrialSpec.LabelColumn} FROM range(50) r(i)) TO {Sql.Text(host.PathOf("runs/run-1/features/test.parquet"))} (FORMAT parquet)", default);
        await host.WriteAsync("predictions/adding/segments/1.jsonl", string.Concat(Enumerable.Range(0, 2).Select(i => JsonSerializer.Serialize(new
        {
            request = $"r{i}", row = 0, logged = "2001-03-01 10:00:00", variant = "champion", model = "adding", version = 1, status = 200, latency_ms = 1.0, weight = 1.0,
            mirrored = false, scores = new[] { 20.0 + i }, instance = new { size = 19 + i },
        }) + "\n")));
        return host;
    }

    private static async Task<IReadOnlyList<MonitorOutcome>> MeasureAsync(PipelineHost host)
    {
        var pipeline = host.Get<PipelineCatalog>().TryRead("adding")!.Value.Spec;
        var id = Assert.Single(await host.Get<MonitorStarter>().StartAsync(pipeline, pipeline.Monitors.Monitors, s_day, null, default));
        return (await host.EndOfAsync(id)).ReadOutputAs<MonitorRunResult>()!.Outcomes;
    }

    private static Task<MonitorResult?> ResultOfAsync(PipelineHost host, MonitorKind monitor) => host.Get<MonitorResultStore>().TryGetAsync("adding", monitor, s_day, default);

    private static async Task<string> HashOfAsync(PipelineHost host, string blob) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(host.PathOf(blob))));
}
