namespace MlOps.Core.Specification.Reading;

/// <summary>A pipeline definition cannot be used. Thrown while it is read, before anything has run; names every problem found.</summary>
/// <example>workflows/flight-delay/pipeline.yaml:17:9: 'max_dept' is not a key of trainer xgboost. Did you mean 'max_depth'?</example>
public sealed class PipelineSpecException(IReadOnlyList<SpecProblem> problems)
    : Exception(string.Join('\n', problems))
{
    /// <summary>What is wrong, in the order of the file; at least one.</summary>
    public IReadOnlyList<SpecProblem> Problems { get; } = problems;
}
