namespace MlOps.Core.Endpoints;

/// <summary>A value that an application measured of what an endpoint's answers did to its business.</summary>
/// <param name="Metric">Name of the metric: <c>conversion</c>.</param>
/// <param name="Version">The model version whose answers it is about, as the answers say.</param>
/// <param name="Value">The value.</param>
/// <param name="Count">How many observations it is the mean of; at least 1.</param>
/// <param name="At">When it was reported, UTC.</param>
public sealed record ReportedMetric(string Metric, int Version, double Value, long Count, DateTimeOffset At);
