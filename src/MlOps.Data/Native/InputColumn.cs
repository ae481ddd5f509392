using System.Runtime.InteropServices;
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
    /// <param name="vector">The vector.</param>
    /// <param name="at">Its first row that is written.</param>
    /// <param name="from">First row that is read.</param>
    /// <param name="count">Number of rows.</param>
    public abstract void Write(nint vector, int at, int from, int count);

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

    /// <summary>Number of values.</summary>
    public int Count => _values.Count;

    /// <summary>A row's value; <see langword="null"/> where it is missing.</summary>
    public T? this[int row] => _values[row];

    /// <summary>Appends a value.</summary>
    public void Add(T value) => _values.Add(value);

    /// <inheritdoc/>
    public override void AddMissing() => _values.Add(null);

    /// <inheritdoc/>
    public override void Clear() => _values.Clear();

    /// <inheritdoc/>
    public override unsafe void Write(nint vector, int at, int from, int count)
    {
        var target = new Span<T>(duckdb_vector_get_data(vector), at + count)[at..];
        var values = CollectionsMarshal.AsSpan(_values).Slice(from, count);
        for (var row = 0; row < count; row++)
        {
            if (values[row] is { } value) target[row] = value;
            else SetMissing(vector, at + row);
        }
    }
}

/// <summary>A column of texts, kept as UTF-8 one behind the other.</summary>
internal sealed class InputTextColumn(string name) : InputColumn(name, DuckDbType.Varchar)
{
    private const int Missing = -1;
    private readonly List<(int Start, int Length)> _values = [];
    private byte[] _bytes = [];
    private int _used;

    /// <summary>A row's value in UTF-8.</summary>
    /// <returns><see langword="false"/> where it is missing.</returns>
    public bool TryGet(int row, out ReadOnlySpan<byte> utf8)
    {
        var (start, length) = _values[row];
        utf8 = length is Missing ? default : _bytes.AsSpan(start, length);
        return length is not Missing;
    }

    /// <summary>Appends a value.</summary>
    public void Add(string? value)
    {
        if (value is null) AddMissing();
        else Encoding.UTF8.GetBytes(value, Append(Encoding.UTF8.GetByteCount(value)));
    }

    /// <summary>Appends a value in UTF-8; the caller has made sure that it is.</summary>
    public void Add(ReadOnlySpan<byte> utf8) => utf8.CopyTo(Append(utf8.Length));

    /// <inheritdoc/>
    public override void AddMissing() => _values.Add((0, Missing));

    /// <inheritdoc/>
    public override void Clear()
    {
        _values.Clear();
        _used = 0;
    }

    /// <inheritdoc/>
    public override unsafe void Write(nint vector, int at, int from, int count)
    {
        fixed (byte* bytes = _bytes)
        {
            foreach (var (start, length) in CollectionsMarshal.AsSpan(_values).Slice(from, count))
            {
                if (length is Missing) SetMissing(vector, at);
                // DuckDB takes no null pointer, not even for the empty text.
                else duckdb_vector_assign_string_element_len(vector, (ulong)at, bytes is null ? (byte*)1 : bytes + start, (ulong)length);
                at++;
            }
        }
    }

    private Span<byte> Append(int length)
    {
        if (_bytes.Length - _used < length) Array.Resize(ref _bytes, Math.Max(checked(_used + length), Math.Max(64, 2 * _used)));
        _values.Add((_used, length));
        _used += length;
        return _bytes.AsSpan(_used - length, length);
    }
}
