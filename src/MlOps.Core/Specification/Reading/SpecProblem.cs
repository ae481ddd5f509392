namespace MlOps.Core.Specification.Reading;

/// <summary>One thing that is wrong in a pipeline definition.</summary>
/// <param name="Position">Where.</param>
/// <param name="Problem">The key or value and the rule that it breaks, one sentence.</param>
/// <param name="Remedy">What to do, one sentence.</param>
public sealed record SpecProblem(SourcePosition Position, string Problem, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Problem} {Remedy}";
}
