using MlOps.Core.Evaluation;
using MlOps.Core.Specification;

namespace MlOps.Core.Monitoring;

/// <summary>What one monitor found in one window of time: an entry of its time series.</summary>
public sealed record MonitorResult
{
    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The monitor.</summary>
    public required MonitorKind Monitor { get; init; }

    /// <summary>The window.</summary>
    public required TimeWindow Window { get; init; }

    /// <summary>When it was computed, UTC.</summary>
    public required DateTimeOffset ComputedAt { get; init; }

    /// <summary>The model that it is held against: the one that answered most rows of the window; <see langword="null"/>: none did.</summary>
    public string? Model { get; init; }

    /// <summary>Its version.</summary>
    public int? Version { get; init; }

    /// <summary>Answered rows in the window.</summary>
    public required long Rows { get; init; }

    /// <summary>Those of them whose label has come.</summary>
    public long Labelled { get; init; }

    /// <summary>What was measured; empty where there was too little to measure.</summary>
    public required IReadOnlyList<MonitorPoint> Points { get; init; }

    /// <summary>Why there are no points; <see langword="null"/> when there are.</summary>
    public string? Note { get; init; }
}

/// <summary>One measured value.</summary>
public sealed record MonitorPoint
{
    /// <summary>What was measured: <c>auc</c>, <c>distance</c>, <c>latencyP99</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>Of what: a column, or a segment such as <c>origin=ORD</c>; empty: of everything.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The value; NaN where it is undefined.</summary>
    public required double Value { get; init; }

    /// <summary>Its 95 % interval, where it is an estimate that has one.</summary>
    public ConfidenceInterval? Interval { get; init; }

    /// <summary>What the value was in the reference, where that says something.</summary>
    public double? Reference { get; init; }

    /// <summary>The limit that it must keep; <see langword="null"/>: it is only watched.</summary>
    public double? Limit { get; init; }

    /// <summary>How it must compare with the limit.</summary>
    public GateComparison Comparison { get; init; } = GateComparison.AtMost;

    /// <summary>Whether it breaks its limit.</summary>
    public bool Breached { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Names the point's series within its monitor: <c>distance origin</c>.</summary>
    public string Series => Subject.Length is 0 ? Metric : $"{Metric} {Subject}";

    /// <summary>Whether it keeps its limit with room to spare.</summary>
    /// <param name="margin">Room, as a share of the limit; at least 0.</param>
    public bool IsClear(double margin)
    {
        if (Breached || double.IsNaN(Value)) return false;
        if (Limit is not { } limit) return true;
        var room = Math.Abs(limit) * margin;
        return Comparison is GateComparison.AtLeast or GateComparison.MoreThan ? Value >= limit + room : Value <= limit - room;
    }
}

/// <summary>A span of event time: from its start to just before its end, UTC.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
public sealed record TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Its length.</summary>
    public TimeSpan Length => To - From;

    /// <summary>Whether the two have time in common.</summary>
    public bool Overlaps(TimeWindow other) => From < other.To && other.From < To;

    /// <summary>The calendar days, UTC, that it touches, in order.</summary>
    public IEnumerable<DateOnly> Days()
    {
        for (var day = DateOnly.FromDateTime(From.UtcDateTime); day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) < To.UtcDateTime; day = day.AddDays(1))
            yield return day;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{From.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} to {To.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}";
}
