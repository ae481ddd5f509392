using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>Rows that a query reads.</summary>
/// <param name="Columns">The columns of the source, in its order.</param>
/// <param name="Rows">Number of rows; every column has that many values.</param>
internal readonly record struct RowPart(IReadOnlyList<InputColumn> Columns, int Rows);

/// <summary>Rows of this process as a relation of one database: <c>SELECT … FROM name()</c>. They may be others for each query.</summary>
internal sealed class RowSource
{
    private readonly IReadOnlyList<InputColumn> _columns;
    private int _part;
    private int _next;

    private RowSource(IReadOnlyList<InputColumn> columns) => _columns = columns;

    /// <summary>What the next query reads, part by part. Names and types of the columns are those that were registered.</summary>
    public IReadOnlyList<RowPart> Parts { get; set; } = [];

    /// <summary>Makes the rows known to a database for as long as it is open.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="name">What queries call them.</param>
    /// <param name="columns">Names and types.</param>
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
    private static void Init(nint info)
    {
        var source = From(duckdb_init_get_extra_info(info));
        (source._part, source._next) = (0, 0);
    }

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
        var filled = 0;
        while (filled < VectorSize && _part < Parts.Count)
        {
            var (columns, rows) = Parts[_part];
            var count = Math.Min(VectorSize - filled, rows - _next);
            for (var column = 0; column < columns.Count; column++)
                columns[column].Write(duckdb_data_chunk_get_vector(chunk, (ulong)column), filled, _next, count);
            filled += count;
            _next += count;
            if (_next == rows) (_part, _next) = (_part + 1, 0);
        }
        duckdb_data_chunk_set_size(chunk, (ulong)filled);
    }
}
