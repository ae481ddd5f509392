namespace MlOps.Core.Specification;

/// <summary>How a value is held against a limit: by gates, by conditions of a release, by monitors.</summary>
public enum GateComparison
{
    /// <summary>At least.</summary>
    AtLeast,

    /// <summary>At most.</summary>
    AtMost,

    /// <summary>More than.</summary>
    MoreThan,

    /// <summary>Less than.</summary>
    LessThan,
}

/// <summary>What <see cref="GateComparison"/> means, and how it is written.</summary>
public static class GateComparisonRules
{
    /// <summary>How it is written: a regular expression of the signs, longest first.</summary>
    internal const string Signs = ">=|<=|>|<";

    /// <summary>The comparison that a sign of <see cref="Signs"/> stands for.</summary>
    internal static GateComparison Of(string sign) => sign switch
    {
        ">=" => GateComparison.AtLeast,
        "<=" => GateComparison.AtMost,
        ">" => GateComparison.MoreThan,
        "<" => GateComparison.LessThan,
        _ => throw new ArgumentOutOfRangeException(nameof(sign), sign, "A comparison is written in one of four ways."),
    };

    /// <summary>Whether a value meets a limit.</summary>
    public static bool IsMetBy(this GateComparison comparison, double value, double limit) => comparison switch
    {
        GateComparison.AtLeast => value >= limit,
        GateComparison.AtMost => value <= limit,
        GateComparison.MoreThan => value > limit,
        GateComparison.LessThan => value < limit,
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "A value is compared in one of four ways."),
    };

    /// <summary>For people: <c>at least</c>.</summary>
    public static string InWords(this GateComparison comparison) => comparison switch
    {
        GateComparison.AtLeast => "at least",
        GateComparison.AtMost => "at most",
        GateComparison.MoreThan => "more than",
        _ => "less than",
    };
}
