namespace MlOps.Data.Native;

/// <summary>One row of a small answer.</summary>
/// <param name="values">Its values: null, bool, long, double, string, DateTime (UTC).</param>
public sealed class DuckDbRow(object?[] values)
{
    /// <summary>The value of a column, by its position.</summary>
    public object? this[int column] => values[column];

    /// <summary>Number of columns.</summary>
    public int Count => values.Length;

    /// <summary>A whole number.</summary>
    /// <exception cref="InvalidCastException">The value is missing or no whole number.</exception>
    public long Long(int column) => (long)(values[column] ?? throw new InvalidCastException($"Column {column} is NULL."));

    /// <summary>A number; NaN where missing.</summary>
    public double Double(int column) => values[column] switch { null => double.NaN, long l => l, double d => d, var v => throw new InvalidCastException($"{v} is no number.") };

    /// <summary>A text; empty where missing.</summary>
    public string Text(int column) => (string?)values[column] ?? "";

    /// <summary>A time stamp in UTC, or nothing.</summary>
    public DateTime? Time(int column) => (DateTime?)values[column];
}
