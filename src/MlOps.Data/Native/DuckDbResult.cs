using System.Runtime.InteropServices;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>The answer of a query, read chunk by chunk, each chunk column by column.</summary>
public sealed class DuckDbResult : IDisposable
{
    // duckdb_result_type: the result is a count of written rows.
    private const int ChangedRows = 1;

    private ResultStruct _result;
    private nint _chunk;
    private bool _disposed;

    internal DuckDbResult(ResultStruct result)
    {
        _result = result;
        Columns = [.. Enumerable.Range(0, (int)duckdb_column_count(ref _result))
            .Select(i => Marshal.PtrToStringUTF8(duckdb_column_name(ref _result, (ulong)i)) ?? "")];
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Rows of the current chunk.</summary>
    public int Count { get; private set; }

    internal long RowsWritten => duckdb_result_return_type(_result) == ChangedRows ? (long)duckdb_rows_changed(ref _result) : 0;

    /// <summary>Moves to the next chunk.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    public bool NextChunk()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        FreeChunk();
        _chunk = duckdb_fetch_chunk(_result);
        Count = _chunk == 0 ? 0 : (int)duckdb_data_chunk_get_size(_chunk);
        return Count > 0;
    }

    /// <summary>A column of the current chunk; valid until the next chunk.</summary>
    public DuckDbVector Column(int index) =>
        new(duckdb_data_chunk_get_vector(_chunk, (ulong)index), duckdb_column_type(ref _result, (ulong)index), Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        FreeChunk();
        duckdb_destroy_result(ref _result);
    }

    internal IReadOnlyList<DuckDbRow> ToRows()
    {
        var rows = new List<DuckDbRow>();
        while (NextChunk())
        {
            for (var row = 0; row < Count; row++)
            {
                var values = new object?[Columns.Count];
                for (var column = 0; column < values.Length; column++) values[column] = Column(column).Value(row);
                rows.Add(new DuckDbRow(values));
            }
        }
        return rows;
    }

    private void FreeChunk()
    {
        if (_chunk != 0) duckdb_destroy_data_chunk(ref _chunk);
        _chunk = 0;
    }
}
