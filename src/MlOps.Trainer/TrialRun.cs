using Google.Protobuf;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Training;
using MlOps.Inference;
using MlOps.Inference.Onnx;
using MlOps.Trainer.Encoding;
using MlOps.Trainer.Export;
using MlOps.Trainer.XGBoost;

namespace MlOps.Trainer;

/// <summary>One trial from examples to files.</summary>
internal static class TrialRun
{
    /// <summary>Rows on which the exported model must answer as the trained one does.</summary>
    public const int ComparedRows = 1000;

    /// <summary>Largest difference between the two, in the sense of <see cref="GoldenCheck"/>.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Trains, exports, compares, writes.</summary>
    /// <exception cref="TrainerInputException">Specification or data cannot be used.</exception>
    public static TrialMetrics Run(TrialSpec spec, Examples train, Examples validation, string outputFolder, TrainingProgress progress)
    {
        var layout = new MatrixLayout(spec.Features, spec.Encoders);
        var result = XGBoostTrainer.Train(spec, layout, train, validation, progress);
        var model = OnnxExport.Create(spec, layout, result.Model, result.Standardization);
        var signature = new ModelSignature { Inputs = spec.Features, Task = spec.Label.Task, Classes = spec.Label.Classes };
        Compare(model, signature, validation.Features, result.ValidationPredictions, progress);

        var metrics = new TrialMetrics
        {
            Validation = MetricSet.Create(spec.Label.Task, [], signature.OutputWidth).Compute(result.ValidationPredictions, validation.Labels),
            Rounds = result.Rounds,
            TrainRows = train.Rows,
            ValidationRows = validation.Rows,
            TrainSeconds = result.Seconds,
            PeakMemoryBytes = PeakMemory.OfThisProcess(),
            Importance = GainImportance.Of(result.Model, layout),
        };
        TrialFolder.Publish(outputFolder, model, signature, metrics);
        progress.Done(spec.Metric, metrics.Validation[spec.Metric], result.Seconds);
        return metrics;
    }

    // A model that answers differently in production than in training is never published.
    private static void Compare(ModelProto proto, ModelSignature signature, FeatureBatch features, float[] trained, TrainingProgress progress)
    {
        var bytes = proto.ToByteArray();
        using var model = OnnxModel.Load(bytes, TrialFolder.Model, signature);
        var sample = features.Take(ComparedRows);
        var check = GoldenCheck.Compare(model, sample, trained.AsSpan(0, sample.Rows * signature.OutputWidth), Tolerance);
        if (!check.Passed) throw new InvalidOperationException($"The exported model differs from the trained one; nothing was written. {check.Detail}");
        progress.Exported(bytes.Length, sample.Rows, check.MaxDifference);
    }
}
