using MlOps.Core.Monitoring;

namespace MlOps.Pipelines.Monitoring;

/// <summary>A run of an endpoint's monitors over one window.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Pipeline">The pipeline that declares the monitors.</param>
/// <param name="Monitors">Which of them.</param>
/// <param name="Window">The window.</param>
/// <param name="NotBefore">Earliest start, so that the last answers of the window are stored; <see langword="null"/>: at once.</param>
public sealed record MonitorRunRequest(string Endpoint, string Pipeline, IReadOnlyList<MonitorKind> Monitors, TimeWindow Window, DateTimeOffset? NotBefore = null);

/// <summary>What came of a run of monitors.</summary>
/// <param name="Outcomes">One a monitor, in order.</param>
/// <param name="Remeasured">Earlier windows that were measured again, since labels had come for them.</param>
/// <param name="Alerts">Ids of the alerts of these monitors that are open now.</param>
public sealed record MonitorRunResult(IReadOnlyList<MonitorOutcome> Outcomes, int Remeasured, IReadOnlyList<string> Alerts);

/// <summary>What one monitor did.</summary>
/// <param name="Monitor">The monitor.</param>
/// <param name="Rows">Answered rows that it looked at.</param>
/// <param name="Points">Values that it measured.</param>
/// <param name="Breached">Those that break their limit.</param>
/// <param name="Note">Why there is none, or what went wrong.</param>
public sealed record MonitorOutcome(MonitorKind Monitor, long Rows, int Points, int Breached, string? Note = null);

/// <summary>One monitor and one window.</summary>
internal sealed record MeasureRequest(string Endpoint, string Pipeline, MonitorKind Monitor, TimeWindow Window);

/// <summary>Days of an endpoint for which labels have come.</summary>
internal sealed record LateLabels(MonitorRunRequest Run, IReadOnlyList<DateOnly> Days);
