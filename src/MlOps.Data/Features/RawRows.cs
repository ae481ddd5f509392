using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>The raw rows of one prediction request, column by column. Filled once, then only read.</summary>
public sealed class RawRows
{
    /// <summary>Longest text that a column takes, in bytes of UTF-8.</summary>
    public const int MaxTextBytes = 64 * 1024;

    // A relation needs a column, even where no expression reads one.
    private readonly InputColumn<byte> _placeholder = new("__row", DuckDbType.Boolean);

    internal RawRows(IReadOnlyList<ColumnSpec> columns)
    {
        var taking = new RawColumn[columns.Count];
        Targets = new InputColumn[columns.Count + 1];
        for (var i = 0; i < taking.Length; i++)
        {
            taking[i] = RawColumn.Of(columns[i]);
            Targets[i] = taking[i].Target;
        }

        Targets[^1] = _placeholder;
        Columns = taking;
    }

    /// <summary>The columns, in the order of the transform.</summary>
    public IReadOnlyList<RawColumn> Columns { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>What is odd about the rows, though they can be answered; at most 20.</summary>
    public IReadOnlyList<InstanceError> Warnings { get; private set; } = [];

    /// <summary>Adds what else is odd.</summary>
    public void AddWarnings(IReadOnlyList<InstanceError> warnings)
    {
        if (warnings.Count > 0) Warnings = [.. Warnings, .. warnings];
    }

    internal RowPart Part => new(Targets, Rows);

    /// <summary>The columns' values, in the order of the transform; behind them the placeholder.</summary>
    internal InputColumn[] Targets { get; }

    /// <summary>Ends a row of which every column has taken its value.</summary>
    internal void EndRow()
    {
        _placeholder.AddMissing();
        Rows++;
    }
}
