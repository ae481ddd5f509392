namespace MlOps.Core.Evaluation;

/// <summary>What became of a candidate's gates.</summary>
public sealed record GateReport
{
    /// <summary>Whether every gate passed; true when there is none.</summary>
    public required bool Passed { get; init; }

    /// <summary>Every gate, in the order of the specification.</summary>
    public required IReadOnlyList<GateResult> Gates { get; init; }

    /// <summary>The failed gates in one line for people; empty when passed.</summary>
    public string Reason => string.Join("; ", Gates.Where(g => !g.Passed).Select(g => $"{g.Text}: {g.Detail}"));
}

/// <summary>What became of one gate.</summary>
/// <param name="Text">The condition as written.</param>
/// <param name="Passed">Whether the candidate meets it.</param>
/// <param name="Value">The candidate's metric; NaN where it was not measured.</param>
/// <param name="Threshold">What it was compared with; NaN where there was nothing to compare with.</param>
/// <param name="Detail">One sentence: the comparison in numbers, or why there was none.</param>
public sealed record GateResult(string Text, bool Passed, double Value, double Threshold, string Detail)
{
    /// <summary>Of a gate with a confidence: by how much candidate and champion differ on the same rows; otherwise <see langword="null"/>.</summary>
    public PairedDifference? Difference { get; init; }
}
