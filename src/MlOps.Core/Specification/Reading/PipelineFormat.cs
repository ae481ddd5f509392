using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Training;

namespace MlOps.Core.Specification.Reading;

/// <summary>
/// Every key of <c>pipeline.yaml</c>, in one table: the reader accepts what is here, the JSON Schema is made from it, and a test
/// holds the documentation to it.
/// </summary>
internal static partial class PipelineFormat
{
    private static readonly TextShape s_text = new();
    private static readonly TextShape s_sql = new() { Lines = true, MostCharacters = 10_000, RuleInWords = "a SQL expression" };
    private static readonly DurationShape s_duration = new();
    private static readonly NumberShape s_number = new();
    private static readonly NumberShape s_share = new() { Min = 0, Max = 1 };
    private static readonly NumberShape s_part = new() { Min = 0, Max = 1, Exclusive = true };
    private static readonly NumberShape s_count = new() { Whole = true, Min = 0, Max = 1_000_000_000_000 };
    private static readonly NumberShape s_seed = new() { Whole = true, Min = 0, Max = int.MaxValue };

    private static readonly TextShape s_pathName = new()
    {
        MostCharacters = 63,
        Rule = PathSegment(),
        RuleInWords = "lower-case letters, digits and dashes, 1 to 63 characters, beginning with a letter",
    };

    private static readonly ObjectShape s_column = new(null,
        new("type", new WordShape(
            new("string", ColumnType.String, "UTF-8 text."),
            new("int", ColumnType.Int, "64-bit whole number."),
            new("double", ColumnType.Double, "64-bit floating point."),
            new("bool", ColumnType.Bool, "True or false."),
            new("timestamp", ColumnType.Timestamp, "Date and time in UTC, microseconds."),
            new("date", ColumnType.Date, "Calendar date.")), "Type of the values.") { Required = true },
        new("required", new FlagShape(), "Whether a missing value breaks the rule.") { Default = "false" },
        new("min", s_number, "Smallest allowed number, inclusive; for int and double. Default: no bound."),
        new("max", s_number, "Largest allowed number, inclusive; for int and double. Default: no bound."),
        new("values", new ListShape(s_text) { MayBeEmpty = false, Distinct = true }, "The only allowed texts; for string. Default: any."),
        new("pattern", new PatternShape(), "Regular expression that the whole text must match; for string. Default: any."),
        new("maxDistinct", s_count with { Min = 1 }, "Most distinct values in a dataset. Default: any number."));

    private static readonly ObjectShape s_data = new(null,
        new("window", s_duration, "How much history a training set spans, counted back from the newest time stamp. Default: the newest dataset version alone."),
        new("files", FilesFormat.Files, "How text files are written, where their content does not tell by itself."),
        new("columns", new NamedShape(s_column, "a column"), "The columns that the data must have, by name; others are left out.") { Required = true },
        new("checks", new ListShape(CheckFormat.Check), "Checks of the dataset as a whole.") { Default = "[]" },
        new("invalidRows", new WordShape(
            new("quarantine", InvalidRowPolicy.Quarantine, "Such rows are set apart with their reasons, counted, and kept out of training."),
            new("fail", InvalidRowPolicy.Fail, "One such row fails the dataset.")), "What a row that breaks a column's rule means.") { Default = "\"quarantine\"" });

    private static readonly ObjectShape s_label = new(null,
        new("name", s_text, "Name of the label.") { Required = true },
        new("sql", s_sql, "SQL expression over the columns; rows where it is NULL are left out.") { Required = true },
        new("task", new WordShape(
            new("binary", LearningTask.Binary, "Two classes."),
            new("multiclass", LearningTask.Multiclass, "Three or more classes."),
            new("regression", LearningTask.Regression, "A number.")), "The kind of problem. Default: by the expression's type (boolean: binary, text: multiclass, number: regression)."));

    private static readonly ObjectShape s_input = new(null,
        new("sql", s_sql, "SQL expression over the columns. Default: the column of the same name."),
        new("encode", new WordShape(
            new("target", EncodingMethod.Target, "Smoothed mean of the label for the category, fitted on the training part only."),
            new("onehot", EncodingMethod.OneHot, "One indicator per category seen in training."),
            new("ordinal", EncodingMethod.Ordinal, "Rank of the category in text order.")), "How text becomes numbers. Default: onehot for text, nothing for numbers."));

    private static readonly ObjectShape s_split = new(null,
        new("by", new WordShape(
            new("time", SplitMethod.Time, "Oldest examples to training, newest to test."),
            new("random", SplitMethod.Random, "By a seeded hash of the row number.")), "How examples are divided. Default: time when a timestamp or date column is declared, else random."),
        new("column", s_text, "The timestamp or date column that orders the examples, when split by time. Default: the first declared one."),
        new("test", s_part, "Share of the test part.") { Default = "0.2" },
        new("validation", s_part, "Share of the validation part, of all examples.") { Default = "0.1" },
        new("seed", s_seed, "Seed of a random split.") { Default = "1" });

    private static readonly ObjectShape s_features = new(null,
        new("label", s_label, "What is predicted.") { Required = true },
        new("inputs", new NamedShape(s_input, "an input"), "The model's inputs, by name.") { Required = true },
        new("split", s_split, "How examples are divided into training, validation and test."));

    private static readonly ObjectShape s_search = new(null,
        new("method", new WordShape(
            new Word("random", SearchMethod.Random, "Each trial draws a trainer in turn and every parameter independently.")) { NotYet = ["grid", "bayes", "tpe", "halving", "hyperband"] },
            "How points are chosen.") { Default = "\"random\"" },
        new("trials", new NumberShape { Whole = true, Min = 1, Max = 1000 }, "Number of trials.") { Default = "10" },
        new("parallel", new NumberShape { Whole = true, Min = 1, Max = 64 }, "Trials at once.") { Default = "2" },
        new("maximize", new MetricShape(), "The metric of the validation part that decides, where more is better. Default: auc for binary."),
        new("minimize", new MetricShape(), "The metric of the validation part that decides, where less is better. Default: logLoss for multiclass, rmse for regression."),
        new("seed", s_seed, "Seed of the search; the same seed gives the same trials.") { Default = "1" });

    private static readonly VariantShape s_trainer = new("trainer", "The training program.",
    [
        new(XGBoostFormat.Trainer, "Gradient boosted trees, random forests and linear models.", new ObjectShape($"trainer {XGBoostFormat.Trainer}",
            [.. XGBoostFormat.All.Select(p => new KeyShape(p.Name, new ParameterShape(p), Describe(p)))]) { OtherNames = XGBoostFormat.OtherNames }),
        new(CommandFormat.Trainer, "A program of your own that keeps the training contract (docs/TRAINING.md).", new ObjectShape($"trainer {CommandFormat.Trainer}",
            new KeyShape(CommandFormat.Command, new ListShape(s_text) { MayBeEmpty = false }, "The program and its first arguments, such as [python3, train.py]; started in the pipeline's folder.") { Required = true },
            new KeyShape(CommandFormat.Parameters, new ParametersShape(), "What is searched, by the program's own names.") { Default = "{}" })),
    ])
    { NotYet = ["pytorch"] };

    private static readonly ObjectShape s_training = new(null,
        new("compute", new ComputeShape(), "Where training runs.") { Default = "\"local\"" },
        new("timeout", s_duration, "Longest time of one trial before it is stopped and counted as failed.") { Default = "\"1h\"" },
        new("search", s_search, "The hyperparameter search."),
        new("trainers", new ListShape(s_trainer) { MayBeEmpty = false }, "The trainers whose parameters are searched; a parameter is a value, a range (4..8, 0.5..1.0, log(0.03..0.3)) or a list. Default: xgboost with its defaults."));

    private static readonly ObjectShape s_evaluation = new(null,
        new("metrics", new ListShape(new MetricShape()) { MayBeEmpty = false, Distinct = true }, "What is measured on the test part. Default: every metric that fits the label."),
        new("slices", new ListShape(s_text) { Distinct = true }, "Columns or inputs by whose values the metrics are broken down.") { Default = "[]" });

    private static readonly ObjectShape s_example = new(null,
        new("source", s_text, "File below node_modules: vega-datasets/data/flights-3m.parquet.") { Required = true },
        new("partition", s_sql, "SQL expression over the source's columns that names the file each row goes to. Default: the source as it is."),
        new("drop", new NumberShape { Whole = true, Min = 1, Max = 10_000 }, "How many of the files, in the order of their names, are dropped for the first run.") { Default = "1" });

    /// <summary>The whole file.</summary>
    public static ObjectShape Pipeline { get; } = new("a pipeline",
        new("name", s_pathName, "Name of the pipeline: part of paths, and how people call it.") { Required = true },
        new("description", s_text, "One line for people.") { Default = "\"\"" },
        new("owner", s_text, "Who answers for the pipeline, as an e-mail address or a team's name.") { Default = "\"\"" },
        new("triggers", TriggersFormat.Triggers, "What starts a run."),
        new("data", s_data, "What the data must look like, and how much of it a training set spans.") { Required = true },
        new("features", s_features, "How rows become examples: the label, the inputs, and the split.") { Required = true },
        new("training", s_training, "Where, what and how to train."),
        new("evaluation", s_evaluation, "What is measured on the test part."),
        new("gates", new ListShape(new GateShape()) { Distinct = true }, "Conditions that a candidate must meet, such as auc >= 0.65, auc >= champion.auc - 0.002 or auc > champion.auc with 95% confidence.") { Default = "[]" },
        new("approval", ApprovalFormat.Approval, "Who decides. Default: what passes its gates is released without asking."),
        new("release", ReleaseFormat.Release(s_pathName), "Where an approved model goes, how it is tested there, and how traffic moves to it."),
        new("monitors", MonitorsFormat.Monitors, "What is logged of the endpoint's predictions, and what watches over them. Default: everything is logged, nothing watches."),
        new("scoring", ScoringFormat.Scoring, "How whole files are scored, and how long what came of them is kept."),
        new("notify", NotifyFormat.Notify, "Whom to tell of requests for approval, alerts and releases, and how."),
        new("example", s_example, "Example data that ships with a dependency, for a first run without data of one's own. Default: none."));

    private static string Describe(TrainerParameter parameter) =>
        $"{parameter.Description} {(parameter.Boosters.Count is 0 ? "" : $"Of booster {string.Join(", ", parameter.Boosters)}. ")}Default: {parameter.Default}.";

    // \z, not $: $ also matches before a trailing newline, and names become paths.
    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathSegment();
}
