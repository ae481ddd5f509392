using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>Rows of this process as a relation of one database: <c>SELECT … FROM name()</c>. The columns may be refilled between queries.</summary>
internal sealed class RowSource
{
    private readonly IReadOnlyList<InputColumn> _columns;
    private int _next;

    private RowSource(IReadOnlyList<InputColumn> columns) => _columns = columns;

    /// <summary>Rows that the next query reads; every column has that many values.</summary>
    public int Rows { get; set; }

    /// <summary>Makes the rows known to a database for as long as it is open.</summary>
    /// <exception cref="DuckDbException">The name is taken.</exception>
    public static unsafe RowSource Register(DuckDbConnection connection, string name, IReadOnlyList<InputColumn> columns)
    {
        var source = new RowSource(columns);
        var function = duckdb_create_table_function();
        try
        {
            duckdb_table_function_set_name(function, name);
            // DuckDB owns the handle from here on and frees it with the function.
            duckdb_table_function_set_extra_info(function, GCHandle.ToIntPtr(GCHandle.Alloc(source)), &Free);
            duckdb_table_function_set_bind(function, &Bind);
            duckdb_table_function_set_init(function, &Init);
            duckdb_table_function_set_function(function, &Produce);
            if (duckdb_register_table_function(connection.Handle, function) != 0)
                throw new DuckDbException($"DuckDB refuses the table function '{name}'.");
        }
        finally
        {
            duckdb_destroy_table_function(ref function);
        }
        return source;
    }

    private static RowSource From(nint info) => (RowSource)GCHandle.FromIntPtr(info).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint info) => GCHandle.FromIntPtr(info).Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        foreach (var column in From(duckdb_bind_get_extra_info(info))._columns)
        {
            var type = duckdb_create_logical_type(column.Type);
            duckdb_bind_add_result_column(info, column.Name, type);
            duckdb_destroy_logical_type(ref type);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info) => From(duckdb_init_get_extra_info(info))._next = 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Produce(nint info, nint chunk)
    {
        try
        {
            From(duckdb_function_get_extra_info(info)).Fill(chunk);
        }
        // An exception must not cross into native code; DuckDB ends the query with this error instead.
        catch (Exception e) when (e is ArgumentException or OutOfMemoryException)
        {
            duckdb_function_set_error(info, e.Message);
        }
    }

    private void Fill(nint chunk)
    {
        var count = Math.Min(VectorSize, Rows - _next);
        for (var column = 0; column < _columns.Count; column++)
            _columns[column].Write(duckdb_data_chunk_get_vector(chunk, (ulong)column), _next, count);
        duckdb_data_chunk_set_size(chunk, (ulong)count);
        _next += count;
    }
}
