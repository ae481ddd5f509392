namespace MlOps.Core.Datasets;

/// <summary>Rows of a dataset version that were set apart.</summary>
/// <param name="Broken">How many break a rule.</param>
/// <param name="Rows">Some of them, in the order of the data, each with its reasons.</param>
/// <param name="Unreadable">How many could not be read.</param>
/// <param name="UnreadableRows">Some of them.</param>
public sealed record QuarantinePage(long Broken, IReadOnlyList<QuarantinedRow> Rows, long Unreadable, IReadOnlyList<UnreadableRow> UnreadableRows);

/// <summary>A row that could not be read.</summary>
/// <param name="File">The file that it is in.</param>
/// <param name="Row">Its data row in that file, from 1.</param>
/// <param name="Line">Its line, where the format has lines.</param>
/// <param name="Column">The column that did not convert; empty when the row as a whole is broken.</param>
/// <param name="Value">What stands there, cut after 1,000 characters.</param>
/// <param name="Reason">Why it could not be read.</param>
public sealed record UnreadableRow(string File, long Row, long? Line, string Column, string Value, string Reason);
