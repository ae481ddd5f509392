using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Core.Training;

namespace MlOps.Core.Tests.Models;

public sealed class ModelCardTests
{
    [Fact]
    public void A_card_says_what_the_records_say()
    {
        var card = ModelCard.Write(Facts());
        Assert.StartsWith("# Model card: flight-delay, version 3\n\nWill it be late?\n", card, StringComparison.Ordinal);
        Assert.Contains("| made | 2001-03-03 08:00 UTC, by run run-7, trial 5 |", card);
        Assert.Contains("| trained with | xgboost: eta 0.1, max\\_depth 6; 80 rounds |", card);
        Assert.Contains("Answers the probability that 'late' is true.", card);
        Assert.Contains("| delay | int | required, at least -120, at most 1440 |", card);
        Assert.Contains("| hour | hour(date) | number |", card);
        Assert.Contains($"| {new string('a', 64)} | 1,000 | 12 | 2001-01-01 00:00 | 2001-02-28 23:59 |", card);
        Assert.Contains("Trained on 700 rows, chosen on 100, tested on 2,000 that neither saw; divided by time", card);
        Assert.Contains("| auc | 0.68 | 0.67 to 0.69 | more |", card);
        Assert.Contains("One row takes 0.01 ms (median), 0.02 ms (99th percentile)", card);
        Assert.Contains("| false | 1,400 | 100 |", card);
        Assert.Contains("| 0.1 to 0.2 | 500 | 0.15 | 0.16 |", card);
        Assert.Contains("| origin | ORD | 400 | 0.61 |", card);
        Assert.Contains("| hour | 0.75 |", card);
        Assert.Contains("| auc >= 0.65 | passed | 0.68 is at least 0.65 |", card);
    }

    [Fact]
    public void Limits_follow_from_the_facts()
    {
        var card = ModelCard.Write(Facts());
        Assert.Contains("It knows nothing after 2001-02-28", card);
        Assert.Contains("By origin it does worst for 'ORD': auc 0.61 on 400 rows, against 0.68 over all.", card);
        Assert.DoesNotContain("random part", card);
        Assert.DoesNotContain("test rows are few", card);
    }

    [Fact]
    public void Few_test_rows_and_an_interval_without_width_are_said()
    {
        var facts = Facts();
        var card = ModelCard.Write(facts with
        {
            Evaluation = facts.Evaluation with { Rows = 86, Intervals = new Dictionary<string, ConfidenceInterval> { ["auc"] = new(1, 1) } },
        });
        Assert.Contains("86 test rows are few", card);
        Assert.Contains("The interval of auc has no width", card);
    }

    [Fact]
    public void It_says_what_computes_the_inputs_of_requests()
    {
        Assert.Contains("For prediction requests these are compiled", ModelCard.Write(Facts()));
        Assert.Contains("For prediction requests DuckDB computes these, since 'regexp\\_extract' is not compiled.", ModelCard.Write(Facts() with { EngineReason = "'regexp_extract'" }));
    }

    [Fact]
    public void Values_from_data_do_not_become_markup()
    {
        var facts = Facts();
        var hostile = "x | [click](http://evil) <script>\n# head";
        var card = ModelCard.Write(facts with { Evaluation = facts.Evaluation with { Slices = [new("origin", hostile, 40, new Dictionary<string, double>())] } });
        Assert.Contains("| origin | x \\| \\[click\\](http://evil) &lt;script> \\# head | 40 |", card);
        Assert.DoesNotContain("<script", card);
    }

    private static ModelCardFacts Facts() => new()
    {
        Pipeline = new()
        {
            Name = "flight-delay",
            Description = "Will it be late?",
            Triggers = new() { Blob = "incoming/flight-delay/" },
            Data = new()
            {
                Columns = [new() { Name = "date", Type = ColumnType.Timestamp }, new() { Name = "delay", Type = ColumnType.Int, Required = true, Min = -120, Max = 1440 }],
            },
            Features = new() { Label = new("late", "delay >= 15"), Inputs = [new("hour", "hour(date)")], Split = new() { By = SplitMethod.Time } },
            Training = new() { Search = new() { Metric = "auc", Maximize = true }, Trainers = [] },
            Evaluation = new(),
            Release = new() { Endpoint = "flight-delay" },
        },
        Model = new()
        {
            Name = "flight-delay",
            Version = 3,
            Stage = ModelStage.Passed,
            RunId = "run-7",
            Datasets = [new('a', 64)],
            Sha256 = new('b', 64),
            Package = new('c', 64),
            Path = "models/flight-delay/3/",
            Metrics = new Dictionary<string, double>(),
            CreatedAt = new(2001, 3, 3, 8, 0, 0, TimeSpan.Zero),
        },
        Signature = new() { Inputs = [new("hour", "hour(date)", FeatureKind.Number)], Task = LearningTask.Binary, Classes = ["false", "true"] },
        Datasets =
        [
            new()
            {
                Name = "flight-delay", Version = new('a', 64), Rows = 1000, Quarantined = 12, MinTime = new(2001, 1, 1), MaxTime = new(2001, 2, 28, 23, 59, 0),
                RunId = "run-7", Sources = [], CreatedAt = default,
            },
        ],
        Trial = new(5, "xgboost", new Dictionary<string, string> { ["max_depth"] = "6", ["eta"] = "0.1" }),
        Training = new()
        {
            Validation = new Dictionary<string, double> { ["auc"] = 0.69 },
            Rounds = 80,
            TrainRows = 700,
            ValidationRows = 100,
            Importance = new Dictionary<string, double> { ["weekday"] = 0.25, ["hour"] = 0.75 },
        },
        Evaluation = new()
        {
            Task = LearningTask.Binary,
            Rows = 2000,
            Metrics = new Dictionary<string, double> { ["auc"] = 0.68 },
            Intervals = new Dictionary<string, ConfidenceInterval> { ["auc"] = new(0.67, 0.69) },
            LatencyP50 = 0.01,
            LatencyP99 = 0.02,
            Slices = [new("origin", "ATL", 500, new Dictionary<string, double> { ["auc"] = 0.7 }), new("origin", "ORD", 400, new Dictionary<string, double> { ["auc"] = 0.61 })],
            Calibration = [new(0.1, 0.2, 500, 0.15, 0.16)],
            Confusion = new(["false", "true"], [[1400, 100], [300, 200]]),
        },
        Gates = new() { Passed = true, Gates = [new("auc >= 0.65", true, 0.68, 0.65, "0.68 is at least 0.65")] },
    };
}
