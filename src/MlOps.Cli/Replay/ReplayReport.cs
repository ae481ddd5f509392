using MlOps.Core.Evaluation;
using MlOps.Core.Runs;

namespace MlOps.Cli.Replay;

/// <summary>What came of a replay.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Metric">What the answers are measured by: the metric of the pipeline's search.</param>
/// <param name="Summary">The whole in short.</param>
/// <param name="Days">The days, in order.</param>
internal sealed record ReplayReport(string Pipeline, string Metric, ReplaySummary Summary, IReadOnlyList<ReplayDay> Days);

/// <summary>One day of a replay.</summary>
internal sealed record ReplayDay
{
    /// <summary>The day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Rows that were predicted and labelled.</summary>
    public required int Rows { get; init; }

    /// <summary>Version that answered.</summary>
    public required int Version { get; init; }

    /// <summary>The metric of its answers; NaN on a day of fewer than 100 rows.</summary>
    public required double Value { get; init; }

    /// <summary>Its 95 % interval; absent where it is undefined.</summary>
    public ConfidenceInterval? Interval { get; init; }

    /// <summary>The metric of the first version's answers to the same rows: without retraining.</summary>
    public required double WithoutRetraining { get; init; }

    /// <summary>Its 95 % interval.</summary>
    public ConfidenceInterval? WithoutInterval { get; init; }

    /// <summary>Alerts that opened that morning, when the monitors looked at what lay before.</summary>
    public required IReadOnlyList<string> Alerts { get; init; }

    /// <summary>Runs that alerts asked for that morning.</summary>
    public required IReadOnlyList<ReplayRetraining> Retrainings { get; init; }
}

/// <summary>A wish to train again, and what came of it.</summary>
/// <param name="Trigger">What kind of alert.</param>
/// <param name="Reason">Why, as it is recorded.</param>
/// <param name="Status">What became of the wish: <c>started</c>, <c>coalesced</c>, <c>cooling</c>, <c>overBudget</c>.</param>
/// <param name="Run">Its run, if it started one.</param>
/// <param name="Rows">Rows of the dataset version that the run made of the files that waited.</param>
/// <param name="Replaced">Whether the champion was replaced.</param>
/// <param name="Outcome">Why not, or by which version; or why no run was started.</param>
/// <param name="Difference">Candidate against champion on the candidate's test part.</param>
internal sealed record ReplayRetraining(
    RunTrigger Trigger, string Reason, string Status, string? Run, long? Rows, bool Replaced, string? Outcome, PairedDifference? Difference);

/// <summary>A replay in short.</summary>
internal sealed record ReplaySummary
{
    /// <summary>First day.</summary>
    public required DateOnly From { get; init; }

    /// <summary>Last day.</summary>
    public required DateOnly To { get; init; }

    /// <summary>Rows that were predicted and labelled, in all.</summary>
    public required long Rows { get; init; }

    /// <summary>Runs that alerts started.</summary>
    public required int Retrainings { get; init; }

    /// <summary>Those that replaced the champion.</summary>
    public required int Replacements { get; init; }

    /// <summary>Mean over the days on which a later version than the first answered; absent: there were none.</summary>
    public ReplayGain? AfterFirstReplacement { get; init; }

    /// <summary>Mean over all days.</summary>
    public required ReplayGain AllDays { get; init; }

    /// <summary>How long the replay took.</summary>
    public required double Seconds { get; init; }
}

/// <summary>What retraining gained: means over days.</summary>
/// <param name="Days">Their number.</param>
/// <param name="With">Mean of the day's metric, as answered.</param>
/// <param name="Without">Mean of the first version's.</param>
/// <param name="Difference">Mean of the daily differences, with minus without.</param>
/// <param name="Interval">Its 95 % interval: 1.96 standard errors of the mean over days to either side.</param>
internal sealed record ReplayGain(int Days, double With, double Without, double Difference, ConfidenceInterval Interval)
{
    public static ReplayGain? Of(IReadOnlyList<ReplayDay> days)
    {
        var known = days.Where(d => double.IsFinite(d.Value) && double.IsFinite(d.WithoutRetraining)).ToList();
        if (known.Count is 0) return null;
        var differences = known.ConvertAll(d => d.Value - d.WithoutRetraining);
        var mean = differences.Average();
        var error = known.Count > 1 ? Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (known.Count - 1) / known.Count) : 0;
        return new(known.Count, known.Average(d => d.Value), known.Average(d => d.WithoutRetraining), mean, new(mean - (1.96 * error), mean + (1.96 * error)));
    }
}
