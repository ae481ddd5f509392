using System.Diagnostics;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Trainer.Encoding;
using MlOps.Trainer.XGBoost.Native;

namespace MlOps.Trainer.XGBoost;

/// <summary>Trains one model on one trial's examples.</summary>
internal static class XGBoostTrainer
{
    // Enough for a live curve, few enough to cost nothing.
    private const int ProgressLines = 20;

    /// <summary>Trains, measures on the validation part, and keeps the best round when the trial stops early.</summary>
    /// <exception cref="TrainerInputException">A parameter or the labels cannot be used.</exception>
    /// <exception cref="XGBoostException">XGBoost failed.</exception>
    public static TrainingResult Train(TrialSpec spec, MatrixLayout layout, Examples train, Examples validation, TrainingProgress progress)
    {
        LabelCheck.CheckValues(spec, train.Labels, "train.parquet");
        LabelCheck.CheckVaries(spec, train.Labels, "train.parquet");
        LabelCheck.CheckValues(spec, validation.Labels, "validation.parquet");
        var parameters = XGBoostParameters.Create(spec, train.Labels);
        var metrics = MetricsOf(spec);

        var (trainMatrix, validationMatrix) = (layout.Encode(train.Features), layout.Encode(validation.Features));
        var standardization = parameters.Booster is BoosterKind.Linear ? Standardization.Fit(trainMatrix, layout.Columns) : null;
        standardization?.Apply(trainMatrix);
        standardization?.Apply(validationMatrix);
        progress.Loaded(train.Rows, validation.Rows, layout.Columns);

        var started = Stopwatch.GetTimestamp();
        using var trainData = new DMatrix(trainMatrix, layout.Columns, train.Labels, spec.Threads);
        using var validationData = new DMatrix(validationMatrix, layout.Columns, [], spec.Threads);
        using var booster = new Booster(trainData, validationData);
        Configure(booster, parameters);

        var best = Boost(booster, parameters, spec, trainData, validationData, validation.Labels, metrics, progress);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var model = ModelDocument.Read(best.Model, best.Rounds, TreesARound(parameters, spec));
        return new(model, standardization, best.Predictions, best.Rounds, seconds);
    }

    private static void Configure(Booster booster, XGBoostParameters parameters)
    {
        try
        {
            foreach (var (name, value) in parameters.Native) booster.Set(name, value);
            booster.Configure();
        }
        catch (XGBoostException e)
        {
            throw new TrainerInputException($"spec.json: a parameter has a value that XGBoost refuses. {e.Message}", e);
        }
    }

    private static BestRound Boost(
        Booster booster, XGBoostParameters parameters, TrialSpec spec, DMatrix train, DMatrix validation, float[] labels, MetricSet metrics, TrainingProgress progress)
    {
        var (patience, linear) = (parameters.EarlyStoppingRounds, parameters.Booster is BoosterKind.Linear);
        var every = Math.Max(1, parameters.Rounds / ProgressLines);
        BestRound? best = null;
        var bestValue = double.NaN;
        for (var round = 1; round <= parameters.Rounds; round++)
        {
            booster.Update(round - 1, train);
            var (last, report) = (round == parameters.Rounds, round == 1 || round % every == 0 || round == parameters.Rounds);
            if (patience == 0 && !report) continue;

            var predictions = booster.Predict(validation);
            var value = metrics.Compute(predictions, labels)[spec.Metric];
            if (double.IsNaN(value))
                throw new TrainerInputException($"validation.parquet: metric '{spec.Metric}' is undefined on these {labels.Length} rows. Check that every class occurs in them, or choose another metric.");
            if (report) progress.Round(round, parameters.Rounds, spec.Metric, value);

            var better = best is null || (spec.Maximize ? value > bestValue : value < bestValue);
            if (patience == 0 ? last : better)
            {
                // A linear model's rounds change the same weights, so the best round is kept by copy; trees are cut off at the end.
                best = new(round, predictions, linear || last ? booster.SaveJson() : []);
                bestValue = value;
            }
            else if (patience > 0 && round - best!.Rounds >= patience)
            {
                progress.Stopped(round, best.Rounds, bestValue);
                break;
            }
        }
        return best!.Model.Length > 0 ? best : best with { Model = booster.SaveJson() };
    }

    private static MetricSet MetricsOf(TrialSpec spec)
    {
        var width = spec.Label.Task is LearningTask.Multiclass ? spec.Label.Classes.Count : 1;
        if (MetricSet.Problem(spec.Label.Task, spec.Metric) is { } problem) throw new TrainerInputException($"spec.json: field 'metric': {problem}");
        return MetricSet.Create(spec.Label.Task, [spec.Metric], width);
    }

    private static int TreesARound(XGBoostParameters parameters, TrialSpec spec)
    {
        var parallel = parameters.Native.FirstOrDefault(p => p.Key == "num_parallel_tree").Value is { } text ? int.Parse(text) : 1;
        return parallel * (spec.Label.Task is LearningTask.Multiclass ? spec.Label.Classes.Count : 1);
    }

    private sealed record BestRound(int Rounds, float[] Predictions, byte[] Model);
}

/// <summary>What training gives.</summary>
/// <param name="Model">The kept model.</param>
/// <param name="Standardization">What its inputs go through first; <see langword="null"/> for trees.</param>
/// <param name="ValidationPredictions">What XGBoost itself answers on the validation part.</param>
/// <param name="Rounds">Rounds of the kept model.</param>
/// <param name="Seconds">Time of training proper.</param>
internal sealed record TrainingResult(TrainedModel Model, Standardization? Standardization, float[] ValidationPredictions, int Rounds, double Seconds);
