using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Trainer.Encoding;

namespace MlOps.Trainer.Tests;

/// <summary>
/// Small trials with everything that may go wrong on the way to ONNX: missing values in every column, categories that training
/// has not seen, names with odd characters, each encoding, whole numbers that lie on thresholds.
/// </summary>
internal static class SyntheticTrial
{
    private static readonly string[] s_towns = ["", "Aachen", "Zürich", "São Paulo", "x\"y"];

    public static TrialSpec Spec(LearningTask task, params (string Name, string Value)[] parameters) => new()
    {
        RunId = "run-1",
        Trial = 1,
        Trainer = "xgboost",
        Parameters = parameters.ToDictionary(p => p.Name, p => p.Value),
        Features =
        [
            new("whole number", "a", FeatureKind.Number), new("share (%)", "b", FeatureKind.Number), new("town", "c", FeatureKind.Category),
            new("colour/shade", "d", FeatureKind.Category), new("size", "e", FeatureKind.Category),
        ],
        Encoders =
        [
            new() { Feature = "town", Method = EncodingMethod.Target, Categories = s_towns, Values = [0.1f, 0.7f, 0.25f, 0.4f, 0.9f], Default = 0.45f, TrainColumn = "town__oof" },
            new() { Feature = "colour/shade", Method = EncodingMethod.OneHot, Categories = ["", "blue", "red"] },
            new() { Feature = "size", Method = EncodingMethod.Ordinal, Categories = ["L", "M", "S"], Values = [0, 1, 2], Default = -1 },
        ],
        Label = new("y", "y", task, task switch
        {
            LearningTask.Binary => ["false", "true"],
            LearningTask.Multiclass => ["Adelie", "Chinstrap", "Gentoo"],
            _ => [],
        }),
        Metric = task switch { LearningTask.Binary => MetricNames.Auc, LearningTask.Multiclass => MetricNames.LogLoss, _ => MetricNames.Rmse },
        Maximize = task is LearningTask.Binary,
        Threads = 1,
    };

    public static Examples Train(LearningTask task, int rows = 2000) => Create(task, rows, seed: 1, unseen: false);

    /// <summary>Rows with unseen categories.</summary>
    public static Examples Validation(LearningTask task, int rows = 1000) => Create(task, rows, seed: 2, unseen: true);

    private static Examples Create(LearningTask task, int rows, int seed, bool unseen)
    {
        var random = new Random(seed);
        var (whole, share, labels) = (new float[rows], new float[rows], new float[rows]);
        var (town, colour, size) = (new string[rows], new string[rows], new string[rows]);
        for (var r = 0; r < rows; r++)
        {
            whole[r] = random.NextSingle() < 0.1 ? float.NaN : random.Next(0, 24);
            share[r] = random.NextSingle() < 0.1 ? float.NaN : random.NextSingle() * 2 - 1;
            town[r] = unseen && random.NextSingle() < 0.1 ? "Nowhere" : s_towns[random.Next(s_towns.Length)];
            colour[r] = unseen && random.NextSingle() < 0.1 ? "green" : new[] { "", "blue", "red" }[random.Next(3)];
            size[r] = unseen && random.NextSingle() < 0.1 ? "XXL" : new[] { "L", "M", "S" }[random.Next(3)];
            var signal = (float.IsNaN(whole[r]) ? 3 : whole[r] / 8) + (float.IsNaN(share[r]) ? 0.5 : share[r])
                + town[r].Length * 0.1 + (colour[r] == "red" ? 1 : 0) - (size[r] == "S" ? 0.7 : 0) + random.NextDouble();
            labels[r] = task switch
            {
                LearningTask.Binary => signal > 2.5 ? 1 : 0,
                LearningTask.Multiclass => signal > 3.2 ? 2 : signal > 2 ? 1 : 0,
                _ => (float)(signal * 10),
            };
        }
        return new(new FeatureBatch(rows,
        [
            new NumberColumn("whole number", whole), new NumberColumn("share (%)", share), new CategoryColumn("town", town),
            new CategoryColumn("colour/shade", colour), new CategoryColumn("size", size),
        ]), labels);
    }
}
