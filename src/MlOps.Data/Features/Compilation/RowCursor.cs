using MlOps.Data.Native;

namespace MlOps.Data.Features.Compilation;

/// <summary>The row of which compiled expressions are computed. One thread at a time.</summary>
/// <param name="columns">Number of columns of a request.</param>
internal sealed class RowCursor(int columns)
{
    private readonly TextPool[] _pools = [.. Enumerable.Range(0, columns).Select(_ => new TextPool())];

    /// <summary>The columns of a request; afterwards none, lest a cursor that waits keeps rows of somebody who has long been answered.</summary>
    public InputColumn[] Columns { get; set; } = [];

    /// <summary>The row, from 0.</summary>
    public int Row { get; set; }

    /// <summary>A whole number, or a time in microseconds since 1970.</summary>
    public long? Whole(int column) => ((InputColumn<long>)Columns[column])[Row];

    /// <summary>A date in days since 1970.</summary>
    public long? Days(int column) => ((InputColumn<int>)Columns[column])[Row];

    /// <summary>A real number.</summary>
    public double? Real(int column) => ((InputColumn<double>)Columns[column])[Row];

    /// <summary>True or false.</summary>
    public bool? Truth(int column) => ((InputColumn<byte>)Columns[column])[Row] is { } value ? value != 0 : null;

    /// <summary>A text.</summary>
    public string? Text(int column) => ((InputTextColumn)Columns[column]).TryGet(Row, out var utf8) ? _pools[column].Get(utf8) : null;
}
