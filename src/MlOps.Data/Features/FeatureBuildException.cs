namespace MlOps.Data.Features;

/// <summary>Examples cannot be made of the data as the pipeline says. Nothing half-written was left.</summary>
/// <example>features.label: 'late' has only the class 'false' in the 9,000 rows of the training part. Widen data.window, or correct the expression.</example>
/// <param name="subject">The key of the specification: <c>features.label</c>.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="remedy">What to do.</param>
public sealed class FeatureBuildException(string subject, string problem, string remedy) : Exception($"{subject}: {problem} {remedy}")
{
    /// <summary>The key of the specification.</summary>
    public string Subject { get; } = subject;
}
