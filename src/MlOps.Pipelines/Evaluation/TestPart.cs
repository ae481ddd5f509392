using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Inference;
using MlOps.Inference.Evaluation;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Evaluation;

/// <summary>The blobs that make a model: its graph, what it takes and answers, and how raw rows become its inputs.</summary>
internal sealed record ModelFiles(string Model, string Signature, string Transform);

/// <summary>What came of measuring a model on a test part.</summary>
/// <param name="Report">Its metrics.</param>
/// <param name="Scores">What it answered for each row.</param>
/// <param name="Golden">A few raw rows with its answers.</param>
internal sealed record TestMeasurement(EvaluationReport Report, TestScores Scores, GoldenRows Golden);

/// <summary>The untouched part of a run's examples. Models are measured on its raw rows, by the way that serving takes.</summary>
internal sealed class TestPart(IBlobStore blobs)
{
    private const int GoldenRowCount = 20;

    /// <summary>Measures a model, and notes its answers for a few golden rows.</summary>
    public async Task<TestMeasurement> MeasureAsync(
        ModelFiles package, FeatureSetRef features, EvaluationSpec evaluation, WorkFolder work, CancellationToken cancellationToken)
    {
        var signature = await blobs.ReadJsonAsync<ModelSignature>(package.Signature, cancellationToken);
        var transform = await blobs.ReadJsonAsync<FeatureTransform>(package.Transform, cancellationToken);
        var modelPath = await work.LayAsync(package.Model, "measured.onnx", cancellationToken);
        var testPath = await work.LayAsync(features.Folder + FeatureSet.TestFile, FeatureSet.TestFile, cancellationToken);
        var goldenPath = await work.LayAsync(features.Folder + FeatureSet.GoldenFile, FeatureSet.GoldenFile, cancellationToken);
        return await Task.Run(Measure, cancellationToken);

        TestMeasurement Measure()
        {
            using var model = OnnxModel.Load(modelPath, signature);
            // The golden rows are computed as training was, by the engine: what serving makes of them is held against that.
            using var computer = FeatureComputer.ForFiles(transform);
            var batches = computer.ComputeParquet(testPath, evaluation.Slices, cancellationToken).Select(BatchOf);
            var (report, scores) = ModelEvaluator.EvaluateRows(model, batches, new() { Metrics = evaluation.Metrics }, cancellationToken);
            return new(report, scores, GoldenOf(goldenPath, model, computer, cancellationToken));
        }
    }

    private static EvaluationBatch BatchOf(LabelledBatch batch) =>
        new(batch.Features, batch.Labels, [.. batch.Slices.Select(s => new CategoryColumn(s.Key, s.Value))]);

    private static GoldenRows GoldenOf(string path, OnnxModel model, FeatureComputer computer, CancellationToken cancellationToken)
    {
        var instances = ReadInstances(path, computer.Transform, cancellationToken);
        var scores = model.Score(computer.Compute(instances, cancellationToken));
        return new(instances, [.. scores.Chunk(model.Signature.OutputWidth)]);
    }

    /// <summary>Raw rows as a prediction request carries them.</summary>
    private static List<JsonElement> ReadInstances(string path, FeatureTransform transform, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var columns = string.Join(", ", transform.Columns.Select(ColumnOf));
        var sql = $"SELECT to_json(r)::VARCHAR FROM (SELECT {columns} FROM read_parquet({Sql.Text(Path.GetFullPath(path))}) LIMIT {GoldenRowCount}) r";
        return [.. connection.Rows(sql, cancellationToken).Select(row => JsonSerializer.Deserialize<JsonElement>(row.Text(0), MlOpsJson.Compact))];
    }

    private static string ColumnOf(ColumnSpec column) => column.Type is ColumnType.Timestamp
        ? $"strftime({Sql.Name(column.Name)}, '%Y-%m-%dT%H:%M:%S.%f') AS {Sql.Name(column.Name)}"
        : Sql.Name(column.Name);
}
