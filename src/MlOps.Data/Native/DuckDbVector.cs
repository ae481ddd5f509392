using System.Runtime.InteropServices;
using System.Text;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>One column of a chunk: a view of DuckDB's own memory.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe ref struct DuckDbVector
{
    private const int InlineLength = 12;
    private readonly void* _data;
    private readonly ulong* _validity;
    private readonly DuckDbType _type;
    private readonly int _count;

    internal DuckDbVector(nint vector, DuckDbType type, int count)
    {
        _data = duckdb_vector_get_data(vector);
        _validity = duckdb_vector_get_validity(vector);
        (_type, _count) = (type, count);
    }

    /// <summary>Copies a FLOAT column; NaN where missing.</summary>
    /// <exception cref="InvalidCastException">The column is no FLOAT.</exception>
    public void CopyFloats(Span<float> target)
    {
        Expect(DuckDbType.Float);
        new ReadOnlySpan<float>(_data, _count).CopyTo(target);
        if (_validity is null) return;
        for (var row = 0; row < _count; row++)
            if (!IsValid(row)) target[row] = float.NaN;
    }

    /// <summary>Copies a BIGINT column; 0 where missing.</summary>
    /// <exception cref="InvalidCastException">The column is no BIGINT.</exception>
    public void CopyLongs(Span<long> target)
    {
        Expect(DuckDbType.BigInt);
        new ReadOnlySpan<long>(_data, _count).CopyTo(target);
        if (_validity is null) return;
        for (var row = 0; row < _count; row++)
            if (!IsValid(row)) target[row] = 0;
    }

    /// <summary>Copies a VARCHAR column; the empty text where missing.</summary>
    /// <exception cref="InvalidCastException">The column is no VARCHAR.</exception>
    public void CopyTexts(Span<string> target, TextPool pool)
    {
        Expect(DuckDbType.Varchar);
        for (var row = 0; row < _count; row++) target[row] = IsValid(row) ? pool.Get(Bytes(row)) : "";
    }

    /// <summary>Whether the row has a value.</summary>
    public bool IsValid(int row) => _validity is null || (_validity[row >> 6] & (1UL << (row & 63))) != 0;

    /// <summary>The bytes of a VARCHAR column's value that is not missing; valid until the next chunk.</summary>
    internal ReadOnlySpan<byte> Utf8(int row)
    {
        Expect(DuckDbType.Varchar);
        return Bytes(row);
    }

    /// <summary>A column's values as DuckDB holds them, anything where they are missing; valid until the next chunk.</summary>
    internal ReadOnlySpan<T> Span<T>() where T : unmanaged
    {
        Expect(default(T) is double ? DuckDbType.Double : DuckDbType.BigInt);
        return new(_data, _count);
    }

    internal object? Value(int row)
    {
        if (!IsValid(row)) return null;
        return _type switch
        {
            DuckDbType.Boolean => ((byte*)_data)[row] != 0,
            DuckDbType.TinyInt => (long)((sbyte*)_data)[row],
            DuckDbType.SmallInt => (long)((short*)_data)[row],
            DuckDbType.Integer => (long)((int*)_data)[row],
            DuckDbType.BigInt => ((long*)_data)[row],
            DuckDbType.UTinyInt => (long)((byte*)_data)[row],
            DuckDbType.USmallInt => (long)((ushort*)_data)[row],
            DuckDbType.UInteger => (long)((uint*)_data)[row],
            DuckDbType.UBigInt => checked((long)((ulong*)_data)[row]),
            DuckDbType.HugeInt => checked((long)((Int128*)_data)[row]),
            DuckDbType.Float => (double)((float*)_data)[row],
            DuckDbType.Double => ((double*)_data)[row],
            DuckDbType.Timestamp => FromMicroseconds(((long*)_data)[row]),
            DuckDbType.Date => DateTime.UnixEpoch.AddDays(((int*)_data)[row]),
            DuckDbType.Varchar => Encoding.UTF8.GetString(Bytes(row)),
            _ => throw new InvalidCastException($"Values of DuckDB's type {_type} are not read here; cast them in the query."),
        };
    }

    internal static long ToMicroseconds(DateTime utc) => (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    internal static DateTime FromMicroseconds(long value) => DateTime.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);

    // string_t: 4 bytes of length, then up to 12 bytes of text, or 4 bytes of prefix and a pointer.
    private ReadOnlySpan<byte> Bytes(int row)
    {
        var entry = (byte*)_data + (16L * row);
        var length = *(int*)entry;
        return new(length <= InlineLength ? entry + 4 : *(byte**)(entry + 8), length);
    }

    private void Expect(DuckDbType type)
    {
        if (_type != type) throw new InvalidCastException($"The column is {_type}, not {type}; cast it in the query.");
    }
}
