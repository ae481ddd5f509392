using System.Globalization;
using System.Text.Json;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Measuring;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Tests.Measuring;

/// <summary>Answers and labels of a day of a shop's endpoint, written as the log writes them.</summary>
internal sealed class MeasuringHost : IDisposable
{
    public static readonly TimeWindow Day = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2001, 3, 2, 0, 0, 0, TimeSpan.Zero));

    private const string Pipeline = """
        name: shop
        data:
          columns:
            age: { type: int, min: 0, max: 120 }
            city: { type: string }
            bought: { type: int }
        features:
          label: { name: bought, sql: bought = 1 }
          inputs: { age: {}, city: {} }
        training:
          search: { minimize: logLoss }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _lines = [];
    private readonly List<string> _labels = [];

    public MonitorsSpec Monitors { get; set; } = new();

    public ScoredReference? Reference { get; set; }

    public EvaluationReport? Evaluation { get; set; }

    public string? Training { get; set; }

    public ChanceDraws Chance { get; set; } = new();

    /// <summary>A row that was answered.</summary>
    public void Answer(double score, bool? label = null, double? age = 30, string? city = "Mdina", int version = 1, int status = 200, double latency = 1, DateTimeOffset? time = null, bool mirrored = false)
    {
        var request = $"r{_lines.Count}";
        _lines.Add(JsonSerializer.Serialize(new
        {
            request, row = status >= 400 ? -1 : 0, logged = (time ?? Day.From.AddSeconds(_lines.Count)).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
            variant = "champion", model = "shop", version, status, latency_ms = latency, weight = 1.0, mirrored, scores = new[] { score }, instance = new { age, city },
        }));
        if (label is { } known) _labels.Add($"('{request}', 0, '{(known ? 1 : 0)}', TIMESTAMP '2001-03-02', TIMESTAMP '2001-03-02')");
    }

    /// <summary>Data that the model was trained on: SQL of rows with age and city.</summary>
    public void TrainOn(string select)
    {
        Training = _folder["training.parquet"];
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({select}) TO {Sql.Text(Training)} (FORMAT parquet)", default);
    }

    public MonitorResult Measure(MonitorSpec monitor, TimeWindow? window = null)
    {
        var segment = _folder["segment.jsonl"];
        File.WriteAllLines(segment, _lines);
        var sorted = Directory.CreateDirectory(_folder[$"sorted-{Path.GetRandomFileName()}"]).FullName;
        var answers = AnswerSorter.Sort([segment], sorted, default).Select(d => d.Path).ToList();
        var labelFile = _folder["labels.parquet"];
        if (_labels.Count > 0)
        {
            using var connection = DuckDbConnection.Open();
            connection.Execute($"COPY (SELECT * FROM (VALUES {string.Join(", ", _labels)}) v(request, row, label, labelled, received)) TO {Sql.Text(labelFile)} (FORMAT parquet)", default);
        }
        using var opened = PredictionWindow.Open(answers, _labels.Count > 0 ? [labelFile] : [], window ?? Day, default);
        return Measurement.Run(monitor, window ?? Day, ContextOf(opened), Day.To, default);
    }

    public void Dispose() => _folder.Dispose();

    private MonitorContext ContextOf(PredictionWindow window)
    {
        IReadOnlyList<ColumnSpec> columns = [new() { Name = "age", Type = ColumnType.Int, Min = 0, Max = 120 }, new() { Name = "city", Type = ColumnType.String }];
        IReadOnlyList<FeatureDefinition> inputs = [new("age", "age", FeatureKind.Number), new("city", "city", FeatureKind.Category)];
        return new MonitorContext
        {
            Pipeline = PipelineSpecReader.Read(Pipeline, "pipeline.yaml") with { Monitors = Monitors },
            Window = window,
            Model = new()
            {
                Name = "shop", Version = 1, Stage = ModelStage.Deployed, RunId = "run", Datasets = [], Sha256 = "", Path = "models/shop/1/",
                Metrics = new Dictionary<string, double>(), CreatedAt = Day.From.AddDays(-10),
            },
            Signature = new() { Inputs = inputs, Task = LearningTask.Binary, Classes = ["false", "true"] },
            Transform = new() { Columns = columns, Features = inputs, Label = new("bought", "bought = 1", LearningTask.Binary, ["false", "true"]) },
            Evaluation = Evaluation,
            Reference = Reference,
            TrainingData = Training is null ? [] : [Training],
            Chance = Chance,
            NewestTrainingTime = Day.From.AddDays(-20),
            NewestLabelDay = new(2001, 2, 27),
            WorkFolder = _folder.Path,
        };
    }
}
