using System.Globalization;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Native;

/// <summary>A private in-memory database and one connection to it. Not thread-safe: one piece of work at a time.</summary>
/// <remarks>Extensions are neither installed nor loaded; the time zone is UTC.</remarks>
public sealed class DuckDbConnection : IDisposable
{
    private readonly DatabaseHandle _database;
    private readonly ConnectionHandle _connection;
    private bool _disposed;

    private DuckDbConnection(DatabaseHandle database, ConnectionHandle connection) => (_database, _connection) = (database, connection);

    internal ConnectionHandle Handle => _connection;

    /// <summary>Opens an empty database.</summary>
    /// <param name="options">Limits; <see langword="null"/>: the defaults.</param>
    /// <exception cref="DuckDbException">An option is refused.</exception>
    /// <exception cref="DllNotFoundException">DuckDB's native library is not beside the app.</exception>
    public static DuckDbConnection Open(DuckDbOptions? options = null)
    {
        options ??= new();
        var database = OpenDatabase(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["threads"] = options.Threads.ToString(CultureInfo.InvariantCulture),
            ["memory_limit"] = string.Create(CultureInfo.InvariantCulture, $"{options.MemoryLimitBytes}B"),
            ["temp_directory"] = Path.GetFullPath(options.TempFolder),
            ["autoinstall_known_extensions"] = "false",
            ["autoload_known_extensions"] = "false",
            ["allow_community_extensions"] = "false",
        });
        if (duckdb_connect(database, out var handle) != 0)
        {
            database.Dispose();
            throw new DuckDbException("DuckDB could not connect to its in-memory database.");
        }
        var connection = new DuckDbConnection(database, handle);
        connection.Execute("SET TimeZone = 'UTC'", CancellationToken.None);
        return connection;
    }

    /// <summary>
    /// Closes the database to the outside: only the files named, and those below the folder, can be read or written; no extension can
    /// be loaded and no setting changed again.
    /// </summary>
    /// <param name="files">Absolute paths of files.</param>
    /// <param name="folder">Absolute path of a folder; <see langword="null"/> for none.</param>
    internal void Lock(IEnumerable<string> files, string? folder = null)
    {
        Execute($"SET allowed_paths = {Sql.List(files)}", CancellationToken.None);
        if (folder is not null) Execute($"SET allowed_directories = {Sql.List([folder + Path.DirectorySeparatorChar])}", CancellationToken.None);
        Execute("SET enable_external_access = false", CancellationToken.None);
        Execute("SET lock_configuration = true", CancellationToken.None);
    }

    /// <summary>Runs one statement.</summary>
    /// <returns>Rows written, for COPY and INSERT; 0 for others.</returns>
    /// <exception cref="DuckDbException">The statement cannot be parsed or run.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> stopped it.</exception>
    public long Execute(string sql, CancellationToken cancellationToken)
    {
        using var statement = Prepare(sql);
        return statement.Execute(cancellationToken);
    }

    /// <summary>Runs one query.</summary>
    /// <exception cref="DuckDbException">The query cannot be parsed or run.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> stopped it.</exception>
    public DuckDbResult Query(string sql, CancellationToken cancellationToken)
    {
        using var statement = Prepare(sql);
        return statement.Query(cancellationToken);
    }

    /// <summary>Runs a query whose answer is small.</summary>
    /// <inheritdoc cref="Query"/>
    public IReadOnlyList<DuckDbRow> Rows(string sql, CancellationToken cancellationToken)
    {
        using var result = Query(sql, cancellationToken);
        return result.ToRows();
    }

    /// <summary>Parses and plans one statement; its parameters are <c>$1</c>, <c>$2</c>, ….</summary>
    /// <exception cref="DuckDbException">The statement cannot be parsed or planned, or is more than one.</exception>
    public DuckDbStatement Prepare(string sql)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var state = duckdb_prepare(_connection, sql, out var handle);
        if (state == 0) return new DuckDbStatement(this, handle);
        using (handle)
            throw DuckDbException.From(duckdb_prepare_error(handle));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _connection.Dispose();
        _database.Dispose();
    }

    private static DatabaseHandle OpenDatabase(Dictionary<string, string> settings)
    {
        if (duckdb_create_config(out var config) != 0) throw new DuckDbException("DuckDB could not make a configuration.");
        try
        {
            foreach (var (name, value) in settings)
            {
                if (duckdb_set_config(config, name, value) != 0)
                    throw new DuckDbException($"DuckDB refuses the setting {name} = '{value}'.");
            }
            if (duckdb_open_ext(path: null, out var database, config, out var error) == 0) return database;
            database.Dispose();
            var exception = DuckDbException.From(error);
            duckdb_free(error);
            throw exception;
        }
        finally
        {
            duckdb_destroy_config(ref config);
        }
    }
}
