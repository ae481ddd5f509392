using System.Runtime.InteropServices;

namespace MlOps.Data.Native;

/// <summary>DuckDB's stable C API, as declared by <c>duckdb.h</c> of version 1.5: the part that this project calls.</summary>
internal static unsafe partial class DuckDbLibrary
{
    private const string Name = "duckdb";

    /// <summary>Rows in a full data chunk; fixed when DuckDB is compiled.</summary>
    public static readonly int VectorSize = (int)duckdb_vector_size();

    // Database, connection, configuration.
    [LibraryImport(Name)] public static partial int duckdb_create_config(out nint config);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_set_config(nint config, string name, string option);
    [LibraryImport(Name)] public static partial void duckdb_destroy_config(ref nint config);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_open_ext(string? path, out DatabaseHandle database, nint config, out nint error);
    [LibraryImport(Name)] public static partial void duckdb_close(ref nint database);
    [LibraryImport(Name)] public static partial int duckdb_connect(DatabaseHandle database, out ConnectionHandle connection);
    [LibraryImport(Name)] public static partial void duckdb_disconnect(ref nint connection);
    [LibraryImport(Name)] public static partial void duckdb_interrupt(ConnectionHandle connection);
    [LibraryImport(Name)] public static partial void duckdb_free(nint pointer);
    [LibraryImport(Name)] public static partial ulong duckdb_vector_size();

    // Prepared statements.
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_prepare(ConnectionHandle connection, string sql, out StatementHandle statement);
    [LibraryImport(Name)] public static partial nint duckdb_prepare_error(StatementHandle statement);
    [LibraryImport(Name)] public static partial void duckdb_destroy_prepare(ref nint statement);
    [LibraryImport(Name)] public static partial int duckdb_bind_null(StatementHandle statement, ulong index);
    [LibraryImport(Name)] public static partial int duckdb_bind_boolean(StatementHandle statement, ulong index, [MarshalAs(UnmanagedType.U1)] bool value);
    [LibraryImport(Name)] public static partial int duckdb_bind_int64(StatementHandle statement, ulong index, long value);
    [LibraryImport(Name)] public static partial int duckdb_bind_double(StatementHandle statement, ulong index, double value);
    [LibraryImport(Name)] public static partial int duckdb_bind_timestamp(StatementHandle statement, ulong index, long microseconds);
    [LibraryImport(Name)] public static partial int duckdb_bind_varchar_length(StatementHandle statement, ulong index, byte* text, ulong length);
    [LibraryImport(Name)] public static partial int duckdb_execute_prepared(StatementHandle statement, out ResultStruct result);

    // Results and chunks.
    [LibraryImport(Name)] public static partial nint duckdb_result_error(ref ResultStruct result);
    [LibraryImport(Name)] public static partial void duckdb_destroy_result(ref ResultStruct result);
    [LibraryImport(Name)] public static partial ulong duckdb_column_count(ref ResultStruct result);
    [LibraryImport(Name)] public static partial nint duckdb_column_name(ref ResultStruct result, ulong column);
    [LibraryImport(Name)] public static partial DuckDbType duckdb_column_type(ref ResultStruct result, ulong column);
    [LibraryImport(Name)] public static partial ulong duckdb_rows_changed(ref ResultStruct result);
    [LibraryImport(Name)] public static partial int duckdb_result_return_type(ResultStruct result);
    [LibraryImport(Name)] public static partial nint duckdb_fetch_chunk(ResultStruct result);
    [LibraryImport(Name)] public static partial void duckdb_destroy_data_chunk(ref nint chunk);
    [LibraryImport(Name)] public static partial ulong duckdb_data_chunk_get_size(nint chunk);
    [LibraryImport(Name)] public static partial void duckdb_data_chunk_set_size(nint chunk, ulong size);
    [LibraryImport(Name)] public static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);
    [LibraryImport(Name)] public static partial void* duckdb_vector_get_data(nint vector);
    [LibraryImport(Name)] public static partial ulong* duckdb_vector_get_validity(nint vector);
    [LibraryImport(Name)] public static partial void duckdb_vector_ensure_validity_writable(nint vector);
    [LibraryImport(Name)] public static partial void duckdb_vector_assign_string_element_len(nint vector, ulong index, byte* text, ulong length);

    // Table functions: rows of this process as a relation.
    [LibraryImport(Name)] public static partial nint duckdb_create_logical_type(DuckDbType type);
    [LibraryImport(Name)] public static partial void duckdb_destroy_logical_type(ref nint type);
    [LibraryImport(Name)] public static partial nint duckdb_create_table_function();
    [LibraryImport(Name)] public static partial void duckdb_destroy_table_function(ref nint function);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_table_function_set_name(nint function, string name);
    [LibraryImport(Name)]
    public static partial void duckdb_table_function_set_extra_info(nint function, nint info, delegate* unmanaged[Cdecl]<nint, void> destroy);
    [LibraryImport(Name)]
    public static partial void duckdb_table_function_set_bind(nint function, delegate* unmanaged[Cdecl]<nint, void> bind);
    [LibraryImport(Name)]
    public static partial void duckdb_table_function_set_init(nint function, delegate* unmanaged[Cdecl]<nint, void> init);
    [LibraryImport(Name)]
    public static partial void duckdb_table_function_set_function(nint function, delegate* unmanaged[Cdecl]<nint, nint, void> produce);
    [LibraryImport(Name)] public static partial int duckdb_register_table_function(ConnectionHandle connection, nint function);
    [LibraryImport(Name)] public static partial nint duckdb_bind_get_extra_info(nint info);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_bind_add_result_column(nint info, string name, nint type);
    [LibraryImport(Name)] public static partial nint duckdb_init_get_extra_info(nint info);
    [LibraryImport(Name)] public static partial nint duckdb_function_get_extra_info(nint info);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_function_set_error(nint info, string error);
}

/// <summary><c>duckdb_result</c>: passed by value in places, so laid out here; only <c>internal_data</c> is in use.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResultStruct
{
    public ulong DeprecatedColumnCount;
    public ulong DeprecatedRowCount;
    public ulong DeprecatedRowsChanged;
    public nint DeprecatedColumns;
    public nint DeprecatedErrorMessage;
    public nint InternalData;
}

/// <summary><c>duckdb_type</c>: what a vector's bytes mean.</summary>
internal enum DuckDbType
{
    Boolean = 1,
    TinyInt = 2,
    SmallInt = 3,
    Integer = 4,
    BigInt = 5,
    UTinyInt = 6,
    USmallInt = 7,
    UInteger = 8,
    UBigInt = 9,
    Float = 10,
    Double = 11,
    Timestamp = 12,
    Date = 13,
    HugeInt = 16,
    Varchar = 17,
}
