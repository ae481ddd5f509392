using System.Text;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>A column of rows that this process hands to DuckDB.</summary>
/// <param name="name">Name of the column.</param>
/// <param name="type">Its type.</param>
internal abstract class InputColumn(string name, DuckDbType type)
{
    /// <summary>Name of the column.</summary>
    public string Name { get; } = name;

    /// <summary>Its type.</summary>
    public DuckDbType Type { get; } = type;

    /// <summary>Appends a missing value.</summary>
    public abstract void AddMissing();

    /// <summary>Removes all values.</summary>
    public abstract void Clear();

    /// <summary>Copies rows into a vector of DuckDB's.</summary>
    public abstract void Write(nint vector, int from, int count);

    /// <summary>Marks a row of a vector as missing.</summary>
    protected static unsafe void SetMissing(nint vector, int row)
    {
        duckdb_vector_ensure_validity_writable(vector);
        duckdb_vector_get_validity(vector)[row >> 6] &= ~(1UL << (row & 63));
    }
}

/// <summary>A column of fixed-width values: BIGINT, DOUBLE, BOOLEAN, TIMESTAMP (microseconds), DATE (days).</summary>
internal sealed class InputColumn<T>(string name, DuckDbType type) : InputColumn(name, type) where T : unmanaged
{
    private readonly List<T?> _values = [];

    /// <summary>Appends a value.</summary>
    public void Add(T value) => _values.Add(value);

    /// <inheritdoc/>
    public override void AddMissing() => _values.Add(null);

    /// <inheritdoc/>
    public override void Clear() => _values.Clear();

    /// <inheritdoc/>
    public override unsafe void Write(nint vector, int from, int count)
    {
        var target = new Span<T>(duckdb_vector_get_data(vector), count);
        for (var row = 0; row < count; row++)
        {
            if (_values[from + row] is { } value) target[row] = value;
            else SetMissing(vector, row);
        }
    }
}

/// <summary>A column of texts.</summary>
internal sealed class InputTextColumn(string name) : InputColumn(name, DuckDbType.Varchar)
{
    private readonly List<string?> _values = [];

    /// <summary>Appends a value.</summary>
    public void Add(string? value) => _values.Add(value);

    /// <inheritdoc/>
    public override void AddMissing() => _values.Add(null);

    /// <inheritdoc/>
    public override void Clear() => _values.Clear();

    /// <inheritdoc/>
    public override unsafe void Write(nint vector, int from, int count)
    {
        for (var row = 0; row < count; row++)
        {
            if (_values[from + row] is not { } text)
            {
                SetMissing(vector, row);
                continue;
            }
            var bytes = Encoding.UTF8.GetBytes(text);
            fixed (byte* first = bytes) duckdb_vector_assign_string_element_len(vector, (ulong)row, first, (ulong)bytes.Length);
        }
    }
}
