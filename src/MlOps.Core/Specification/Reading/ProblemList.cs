namespace MlOps.Core.Specification.Reading;

/// <summary>Collects what is wrong while a file is read to its end.</summary>
internal sealed class ProblemList
{
    /// <summary>A file with more problems than this is no pipeline definition; the rest is counted, not listed.</summary>
    private const int MostListed = 50;

    private readonly List<SpecProblem> _problems = [];

    public bool Any => _problems.Count > 0;

    public void Add(SourcePosition position, string problem, string remedy) => _problems.Add(new(position, problem, remedy));

    /// <exception cref="PipelineSpecException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (!Any) return;
        // Stable: two problems of one place stay in the order in which they were found.
        var ordered = _problems.OrderBy(p => p.Position).ToList();
        if (ordered.Count > MostListed)
        {
            var rest = ordered.Count - MostListed;
            ordered = [.. ordered.Take(MostListed), new(ordered[MostListed].Position, $"{rest} more problems follow.", "Mend those above first.")];
        }
        throw new PipelineSpecException(ordered);
    }
}
