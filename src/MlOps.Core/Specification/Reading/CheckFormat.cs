using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The checks of a dataset, as <c>data.checks</c> has them.</summary>
internal static class CheckFormat
{
    private static readonly TextShape s_text = new();
    private static readonly DurationShape s_duration = new();
    private static readonly NumberShape s_number = new();
    private static readonly NumberShape s_share = new() { Min = 0, Max = 1 };
    private static readonly NumberShape s_part = new() { Min = 0, Max = 1, Exclusive = true };
    private static readonly NumberShape s_count = new() { Whole = true, Min = 0, Max = 1_000_000_000_000 };

    private static readonly KeyShape s_checkedColumn = new("column", s_text, "A declared column.") { Required = true };
    private static readonly KeyShape s_checkedNumber = s_checkedColumn with { Description = "A declared column of type int or double." };
    private static readonly KeyShape s_largestShare = new("max", s_share, "Largest share, from 0 to 1.") { Required = true };

    private static readonly KeyShape s_against = new("against", new WordShape(
        new Word("champion", DriftBaseline.Champion, "The data that the model in production was trained on; without one the check is met.")), "What the dataset is held against.") { Default = "\"champion\"" };

    private static readonly KeyShape s_severity = new("severity", new WordShape(
        new("fail", CheckSeverity.Fail, "The dataset does not pass."),
        new("warn", CheckSeverity.Warn, "It is reported, and the dataset passes.")), "What it means when the check is not met.") { Default = "\"fail\"" };

    public static VariantShape Check { get; } = new("check", "What is checked.",
    [
        CheckCase("rows", "The number of kept rows.",
            new("min", s_count, "Fewest rows, inclusive. Default: no bound."),
            new("max", s_count, "Most rows, inclusive. Default: no bound.")),
        CheckCase("missing", "The share of missing values of one column, before quarantine.", s_checkedColumn, s_largestShare),
        CheckCase("quarantined", "The share of rows that were quarantined.", s_largestShare),
        CheckCase("unique", "No two kept rows agree in all of the columns.",
            new KeyShape("columns", new ListShape(s_text) { MayBeEmpty = false, Distinct = true }, "Declared columns.") { Required = true }),
        CheckCase("freshness", "The newest kept time stamp is recent.",
            s_checkedColumn with { Description = "A declared column of type timestamp or date." },
            new KeyShape("maxAge", s_duration, "Longest time from the newest time stamp to now.") { Required = true }),
        CheckCase("balance", "No value of a column is too rare among the kept rows.", s_checkedColumn,
            new KeyShape("min", s_part, "Smallest share of the rarest value.") { Required = true }),
        CheckCase("quantile", "A quantile of a column, among the kept rows, lies where it should.", s_checkedNumber,
            new KeyShape("at", s_share, "Probability: 0.5 for the median.") { Required = true },
            new("min", s_number, "Smallest value, inclusive. Default: no bound."),
            new("max", s_number, "Largest value, inclusive. Default: no bound.")),
        CheckCase("monotonic", "Values never fall from one kept row to the next, in the order of the files.",
            s_checkedColumn with { Description = "A declared column of type int, double, timestamp or date." }),
        CheckCase("outliers", "The share of outliers among the kept values of a column, or among the kept rows by several columns together.",
            s_checkedNumber with { Required = false },
            new("columns", new ListShape(s_text) { MayBeEmpty = false, Distinct = true }, "Declared columns of type int or double, looked at together; for method isolation, instead of column."),
            s_largestShare,
            new("method", new WordShape(
                new("iqr", OutlierMethod.Iqr, "More than 1.5 interquartile ranges outside the quartiles."),
                new("zscore", OutlierMethod.ZScore, "More than three standard deviations from the mean."),
                new("isolation", OutlierMethod.Isolation, "A score of 0.6 or more in an isolation forest.")), "What an outlier is.") { Default = "\"iqr\"" }),
        CheckCase("sql", "A condition that each row must meet: with severity fail, rows that break it are treated as data.invalidRows says; with warn they are counted.",
            new KeyShape("sql", new TextShape { Lines = true, MostCharacters = 10_000, RuleInWords = "a SQL expression" }, "SQL condition over the columns; a row where it is NULL meets it.") { Required = true }),
        CheckCase("drift", "The columns are still distributed as in what the dataset is held against; time columns are left out.", s_against,
            new("max", s_share, "Largest distance of a column, from 0 to 1; the measure is chosen by its type and the number of rows.") { Default = "0.1" }),
        CheckCase("correlation", "Columns still go together as in what the dataset is held against.", s_against,
            new("max", new NumberShape { Min = 0, Max = 2 }, "Largest change of a pair's association, by absolute value.") { Default = "0.25" }),
        CheckCase("leakage", "Nothing gives the answer away: no input alone tells the label too well, and few test examples are among those that are trained on.",
            new("max", s_share, "Largest strength with which one input alone may tell the label: AUC, Cramér's V, correlation ratio or Spearman's correlation.") { Default = "0.95" },
            new("maxShared", s_share, "Largest share of test examples that training has, too.") { Default = "0.05" },
            new("key", new ListShape(s_text) { MayBeEmpty = false, Distinct = true }, "Declared columns that tell rows apart. Default: all columns.")),
    ]);

    private static VariantCase CheckCase(string name, string description, params IEnumerable<KeyShape> keys) =>
        new(name, description, new ObjectShape($"check {name}", [.. keys, s_severity]));
}
