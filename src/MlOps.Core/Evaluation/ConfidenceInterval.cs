namespace MlOps.Core.Evaluation;

/// <summary>A 95 % interval of a metric.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct ConfidenceInterval(double Low, double High);
