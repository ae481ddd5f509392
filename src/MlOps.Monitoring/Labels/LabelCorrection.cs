namespace MlOps.Monitoring.Labels;

/// <summary>Who corrects labels, and why.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why; not empty.</param>
public sealed record LabelCorrection(string By, string Reason);

/// <summary>Labels that one request put right.</summary>
/// <param name="Correction">Who did it and why.</param>
/// <param name="Received">When the request came, UTC.</param>
/// <param name="Count">How many labels are others now.</param>
/// <param name="Rows">The first of them.</param>
public sealed record CorrectedLabels(LabelCorrection Correction, DateTimeOffset Received, long Count, IReadOnlyList<CorrectedLabel> Rows);

/// <summary>A label that was put right.</summary>
/// <param name="Request">Id of the request.</param>
/// <param name="Row">Position of the row in it.</param>
/// <param name="Before">What stood.</param>
/// <param name="After">What stands now.</param>
public sealed record CorrectedLabel(string Request, int Row, string Before, string After);
