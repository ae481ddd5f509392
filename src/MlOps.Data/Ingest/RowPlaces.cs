namespace MlOps.Data.Ingest;

/// <summary>Where a row lies.</summary>
/// <param name="Row">Its number among the data rows of the file, broken ones included, from 1.</param>
/// <param name="Line">The line of text on which it begins, from 1; <see langword="null"/> where there are no lines.</param>
/// <param name="File">The file, where it is another one for each row.</param>
internal sealed record RowPlace(long Row, long? Line, string? File = null);

/// <summary>A row that is in no relation, because what is around its values is broken.</summary>
/// <param name="Place">Where it lies.</param>
/// <param name="Column">The column in question; empty where there is none.</param>
/// <param name="Text">What is there.</param>
/// <param name="Reason">What is broken.</param>
internal sealed record BrokenRow(RowPlace Place, string Column, string Text, string Reason);

/// <summary>The places of a file's broken rows, and of those that were asked for.</summary>
/// <param name="Broken">In the order of the file.</param>
/// <param name="Wanted">In the order in which they were asked for.</param>
internal sealed record RowPlaces(IReadOnlyList<BrokenRow> Broken, IReadOnlyList<RowPlace> Wanted)
{
    /// <summary>Rows of a file without lines and without broken rows: a row's number is its place.</summary>
    public static RowPlaces ByNumber(IReadOnlyList<long> wanted) => new([], [.. wanted.Select(row => new RowPlace(row, Line: null))]);
}

/// <summary>Finds rows in their file; asked only where some could not be read.</summary>
/// <param name="wanted">Numbers of rows of the relation, from 1, ascending.</param>
internal delegate RowPlaces RowLocator(IReadOnlyList<long> wanted);
