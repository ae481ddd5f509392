using System.Globalization;
using MlOps.Core.Drift;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;

namespace MlOps.Monitoring.Measuring;

/// <summary>The distribution of the answers against that of the model's evaluation: of the score, or of the likeliest class.</summary>
internal static class PredictionDriftMeasurement
{
    public static IReadOnlyList<MonitorPoint> Measure(PredictionDriftMonitorSpec monitor, MonitorContext context, CancellationToken cancellationToken)
    {
        var (signature, reference) = (context.Signature, context.Reference!);
        var model = string.Create(CultureInfo.InvariantCulture, $"model = {Sql.Text(context.Model.Name)} AND version = {context.Model.Version}");
        var answers = context.Window.Read(signature.OutputWidth, [], model, cancellationToken);
        if (answers.Count < monitor.MinRows) return [];
        var isClass = signature.Task is LearningTask.Multiclass;
        var (before, now) = (Outputs(reference.Scores.ToArray(), signature.OutputWidth), Outputs(answers.Scores, signature.OutputWidth));
        var (referencePath, currentPath) = (Write(context, "reference", before, cancellationToken), Write(context, "current", now, cancellationToken));
        var data = new DataSpec { Columns = [new() { Name = "output", Type = isClass ? ColumnType.String : ColumnType.Double }] };
        var drift = new DriftSpec { Method = monitor.Method, MaxDistance = monitor.Max, MinEffect = monitor.Max };
        var report = new DriftDetector().Compare([referencePath], [currentPath], data, drift, cancellationToken);
        var chance = ChanceDistance.Of(context, "answers", [referencePath], report.CurrentRows, data, drift, cancellationToken);
        var points = new List<MonitorPoint> { chance.Judge(report.Columns[0], "") with { Subject = "" } };
        if (!isClass) points.Add(Mean("meanScore", now.Average(), before.Average(), "The mean answer"));
        if (signature.Task is LearningTask.Binary)
            points.Add(Mean("positiveShare", now.Average(v => v >= 0.5 ? 1.0 : 0), before.Average(v => v >= 0.5 ? 1.0 : 0), "The share of positive answers"));
        if (isClass)
        {
            for (var c = 0; c < signature.Classes.Count; c++)
            {
                var wanted = c;
                points.Add(Mean("classShare", now.Average(v => v == wanted ? 1.0 : 0), before.Average(v => v == wanted ? 1.0 : 0), $"The share of {signature.Classes[c]}") with { Subject = signature.Classes[c] });
            }
        }
        return points;
    }

    private static MonitorPoint Mean(string metric, double value, double reference, string what) => new()
    {
        Metric = metric, Value = value, Reference = reference, Detail = $"{what} is {Points.Number(value)}; at evaluation {Points.Number(reference)}.",
    };

    /// <summary>The score; of several classes the likeliest one's index.</summary>
    private static double[] Outputs(ReadOnlySpan<float> scores, int width)
    {
        var outputs = new double[scores.Length / width];
        for (var row = 0; row < outputs.Length; row++)
        {
            var best = 0;
            for (var c = 1; c < width; c++)
            {
                if (scores[(row * width) + c] > scores[(row * width) + best]) best = c;
            }
            outputs[row] = width is 1 ? scores[row] : best;
        }
        return outputs;
    }

    private static string Write(MonitorContext context, string name, double[] outputs, CancellationToken cancellationToken)
    {
        var lines = Path.Combine(context.WorkFolder, $"{name}-{Path.GetRandomFileName()}.csv");
        File.WriteAllLines(lines, outputs.Where(double.IsFinite).Select(o => o.ToString("R", CultureInfo.InvariantCulture)).Prepend("output"));
        var parquet = Path.ChangeExtension(lines, ".parquet");
        using var connection = DuckDbConnection.Open();
        var type = context.Signature.Task is LearningTask.Multiclass ? "VARCHAR" : "DOUBLE";
        connection.Execute($"COPY (SELECT CAST(output AS {type}) AS output FROM read_csv({Sql.Text(lines)}, header = true, columns = {{output: '{type}'}})) TO {Sql.Text(parquet)} (FORMAT parquet)", cancellationToken);
        return parquet;
    }
}
