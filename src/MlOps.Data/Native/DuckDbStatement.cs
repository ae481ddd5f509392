using System.Text;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>A planned statement that can run many times.</summary>
public sealed class DuckDbStatement : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly StatementHandle _handle;

    internal DuckDbStatement(DuckDbConnection connection, StatementHandle handle) => (_connection, _handle) = (connection, handle);

    /// <summary>Binds a parameter.</summary>
    /// <param name="index">Number of the parameter, from 1.</param>
    /// <param name="value">Null, bool, int, long, double, string or DateTime (UTC).</param>
    /// <exception cref="ArgumentException">The value is of another type, or there is no such parameter.</exception>
    public DuckDbStatement Bind(int index, object? value)
    {
        var slot = (ulong)index;
        var state = value switch
        {
            null => duckdb_bind_null(_handle, slot),
            bool b => duckdb_bind_boolean(_handle, slot, b),
            int i => duckdb_bind_int64(_handle, slot, i),
            long l => duckdb_bind_int64(_handle, slot, l),
            double d => duckdb_bind_double(_handle, slot, d),
            string text => BindText(slot, text),
            DateTime time => duckdb_bind_timestamp(_handle, slot, DuckDbVector.ToMicroseconds(time)),
            _ => throw new ArgumentException($"A value of type {value.GetType().Name} cannot be bound.", nameof(value)),
        };
        return state == 0 ? this : throw new ArgumentException($"The statement has no parameter ${index}.", nameof(index));
    }

    /// <summary>Runs the statement.</summary>
    /// <returns>Rows written, for COPY and INSERT; 0 for others.</returns>
    /// <exception cref="DuckDbException">It failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> stopped it.</exception>
    public long Execute(CancellationToken cancellationToken)
    {
        using var result = Query(cancellationToken);
        return result.RowsWritten;
    }

    /// <summary>Runs the statement and gives its rows.</summary>
    /// <exception cref="DuckDbException">It failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> stopped it.</exception>
    public DuckDbResult Query(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int state;
        ResultStruct result;
        using (cancellationToken.UnsafeRegister(static c => duckdb_interrupt((ConnectionHandle)c!), _connection.Handle))
            state = duckdb_execute_prepared(_handle, out result);
        if (state == 0) return new DuckDbResult(result);

        var exception = DuckDbException.From(duckdb_result_error(ref result));
        duckdb_destroy_result(ref result);
        if (exception.Interrupted) cancellationToken.ThrowIfCancellationRequested();
        throw exception;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private unsafe int BindText(ulong slot, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* first = bytes) return duckdb_bind_varchar_length(_handle, slot, first, (ulong)bytes.Length);
    }
}
