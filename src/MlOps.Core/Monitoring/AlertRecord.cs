namespace MlOps.Core.Monitoring;

/// <summary>How much an alert matters.</summary>
public enum AlertSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Worth looking at within the day.</summary>
    Warning,

    /// <summary>Somebody must act now.</summary>
    Critical,
}

/// <summary>
/// What one monitor of an endpoint complains of, from the window in which it began to the one in which all was well again. Everything
/// that goes wrong in one monitor meanwhile is one alert: ten drifted columns are one message, not ten.
/// </summary>
public sealed record AlertRecord
{
    /// <summary>Id: the endpoint, the monitor, and the end of the window that opened it.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The pipeline whose <c>monitors</c> raised it.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The monitor.</summary>
    public required MonitorKind Monitor { get; init; }

    /// <summary>How much it matters.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>What is wrong, by series; what has become well again since is left in.</summary>
    public required IReadOnlyList<AlertItem> Items { get; init; }

    /// <summary>End of the window that opened it: event time, UTC.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>End of the window that closed it; <see langword="null"/>: it is open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>End of the last window that was looked at.</summary>
    public required DateTimeOffset LastWindow { get; init; }

    /// <summary>When it was recorded, UTC.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Who has taken it up; <see langword="null"/>: nobody.</summary>
    public AlertNote? Acknowledged { get; init; }

    /// <summary>Whether people are told nothing of it, since a silence covered it when it opened.</summary>
    public bool Silenced { get; init; }

    /// <summary>The model that answered; <see langword="null"/>: none.</summary>
    public string? Model { get; init; }

    /// <summary>Its version.</summary>
    public int? Version { get; init; }

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => ClosedAt is null;

    /// <summary>All that is wrong, in one line.</summary>
    public string Detail => string.Join(" ", Items.Where(i => i.ClosedAt is null || !IsOpen).Select(i => i.Detail));
}

/// <summary>One series of an alert.</summary>
/// <param name="Series">The series: <c>distance origin</c>.</param>
/// <param name="Value">Its newest value.</param>
/// <param name="Limit">What it must keep; <see langword="null"/>: it jumped, whatever the limit.</param>
/// <param name="Detail">One sentence for people.</param>
/// <param name="OpenedAt">End of the window in which it began.</param>
/// <param name="ClosedAt">End of the window in which it was well again.</param>
public sealed record AlertItem(string Series, double Value, double? Limit, string Detail, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt = null);

/// <summary>Who did something, when and why.</summary>
/// <param name="By">Who.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Reason">Why.</param>
public sealed record AlertNote(string By, DateTimeOffset At, string Reason);

/// <summary>A time in which people are told nothing of a monitor's alerts. They are recorded all the same.</summary>
public sealed record AlertSilence
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The monitor; <see langword="null"/>: all of the endpoint.</summary>
    public MonitorKind? Monitor { get; init; }

    /// <summary>Its end, UTC.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Who, when, why.</summary>
    public required AlertNote Set { get; init; }

    /// <summary>Whether it covers a monitor at a time.</summary>
    public bool Covers(MonitorKind monitor, DateTimeOffset now) => now < Until && (Monitor is null || Monitor == monitor);
}

/// <summary>
/// An alert has opened. Kept until everyone who acts on it has: told at least once, with the same id each time.
/// </summary>
/// <param name="AlertId">Id of the alert; the key by which a receiver knows a repetition.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Monitor">The monitor.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="OpenedAt">End of the window that opened it: event time, UTC.</param>
/// <param name="Detail">What is wrong, in one line.</param>
public sealed record AlertOpened(
    string AlertId, string Endpoint, string Pipeline, MonitorKind Monitor, AlertSeverity Severity, DateTimeOffset OpenedAt, string Detail);
