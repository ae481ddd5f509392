namespace MlOps.Core.Evaluation;

/// <summary>What the gates say of a candidate.</summary>
/// <param name="Passed">Whether every gate passed.</param>
/// <param name="Gates">Each gate, in the specification's order.</param>
public sealed record GateReport(bool Passed, IReadOnlyList<GateResult> Gates)
{
    /// <summary>The gates that did not pass, in one line for people; empty when all did.</summary>
    public string Reason => string.Join("; ", Gates.Where(g => !g.Passed).Select(g => $"{g.Gate}: {g.Detail}"));
}

/// <summary>What one gate says.</summary>
/// <param name="Gate">The condition as written.</param>
/// <param name="Passed">Whether the candidate meets it.</param>
/// <param name="Value">The candidate's value; NaN when it has none.</param>
/// <param name="Threshold">The right side; NaN when there is no champion to compare with.</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record GateResult(string Gate, bool Passed, double Value, double Threshold, string Detail);
