using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Local;

/// <summary>Documents in one SQLite file. A write that was acknowledged survives a power loss (WAL, synchronous=FULL).</summary>
/// <remarks>Keys are ordered by code point. Several processes of one machine may share the file; a write waits up to 30 seconds for another's.</remarks>
public sealed class LocalTableStore : ITableStore, IDisposable
{
    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Opens a file, which is created where it does not exist, as a table store.</summary>
    /// <param name="path">The SQLite file; its folder is created too.</param>
    /// <exception cref="IOException">The file is no SQLite database, or cannot be written.</exception>
    public LocalTableStore(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = full, Pooling = true }.ToString();
        _writer = new SqliteConnection(_connectionString);
        try
        {
            _writer.Open();
            Execute("PRAGMA journal_mode = WAL");
            Execute("PRAGMA synchronous = FULL");
            Execute(ReadSchema());
        }
        catch (SqliteException e)
        {
            _writer.Dispose();
            throw new IOException($"The table store '{full}' cannot be opened: {e.Message} Check that the file is a SQLite database and may be written.", e);
        }
    }

    /// <inheritdoc/>
    public Task<TableRow?> TryGetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        CheckKeys(table, partition, row);
        cancellationToken.ThrowIfCancellationRequested();
        using var connection = OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT partition, row, json, id FROM documents WHERE "table" = $table AND partition = $partition AND row = $row
            """;
        AddKeys(command, table, partition, row);
        using var reader = command.ExecuteReader();
        return Task.FromResult(reader.Read() ? ReadRow(reader) : null);
    }

    /// <inheritdoc/>
    public Task<TablePage> QueryAsync(string table, TableQuery query, CancellationToken cancellationToken)
    {
        TableKeys.CheckTable(table);
        if (query.Partition is not null) TableKeys.CheckKey(query.Partition);
        if (query.RowPrefix is not null) TableKeys.CheckKeyPrefix(query.RowPrefix);
        if (query.RowFrom is not null) TableKeys.CheckKeyPrefix(query.RowFrom);
        if (query.Take is < 1 or > 1000) throw new ArgumentOutOfRangeException(nameof(query), query.Take, "A page has 1 to 1,000 documents.");
        cancellationToken.ThrowIfCancellationRequested();

        using var connection = OpenReader();
        using var command = connection.CreateCommand();
        command.CommandText = SelectPage(table, query, command.Parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<TableRow>();
        while (rows.Count < query.Take && reader.Read()) rows.Add(ReadRow(reader));
        return Task.FromResult(new TablePage(rows, reader.Read() ? TableContinuation.Write(rows[^1].Partition, rows[^1].Row) : null));
    }

    /// <inheritdoc/>
    public async Task<string?> TryWriteAsync(string table, string partition, string row, string json, WriteCondition condition, CancellationToken cancellationToken)
    {
        CheckKeys(table, partition, row);
        TableDocument.Check(table, partition, row, json);
        var id = 0L;
        // An ETag that is no number was never ours: nothing has it.
        if (condition.ETag is { } eTag && !long.TryParse(eTag, NumberStyles.None, CultureInfo.InvariantCulture, out id)) return null;
        return await WriteAsync(command =>
        {
            // One statement each, so that the condition and the write are one.
            command.CommandText = condition switch
            {
                { MustNotExist: true } => """
                    INSERT INTO documents ("table", partition, row, json) VALUES ($table, $partition, $row, $json)
                    ON CONFLICT ("table", partition, row) DO NOTHING
                    """,
                { ETag: not null } => """
                    INSERT OR REPLACE INTO documents ("table", partition, row, json)
                    SELECT "table", partition, row, $json FROM documents
                    WHERE "table" = $table AND partition = $partition AND row = $row AND id = $id
                    """,
                _ => """
                    INSERT OR REPLACE INTO documents ("table", partition, row, json) VALUES ($table, $partition, $row, $json)
                    """,
            };
            AddKeys(command, table, partition, row);
            command.Parameters.AddWithValue("$json", json);
            command.Parameters.AddWithValue("$id", id);
            if (command.ExecuteNonQuery() is 0) return null;
            command.CommandText = "SELECT last_insert_rowid()";
            return ((long)command.ExecuteScalar()!).ToString(CultureInfo.InvariantCulture);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        CheckKeys(table, partition, row);
        await WriteAsync(command =>
        {
            command.CommandText = """
                DELETE FROM documents WHERE "table" = $table AND partition = $partition AND row = $row
                """;
            AddKeys(command, table, partition, row);
            return command.ExecuteNonQuery();
        }, cancellationToken);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        using (var any = new SqliteConnection(_connectionString)) SqliteConnection.ClearPool(any);
        _writing.Dispose();
    }

    private static string SelectPage(string table, TableQuery query, SqliteParameterCollection parameters)
    {
        var (order, beyond) = query.Descending ? ("DESC", "<") : ("ASC", ">");
        var sql = new StringBuilder("""SELECT partition, row, json, id FROM documents WHERE "table" = $table""");
        parameters.AddWithValue("$table", table);
        parameters.AddWithValue("$take", query.Take + 1);
        if (query.Partition is not null)
        {
            sql.Append(" AND partition = $partition");
            parameters.AddWithValue("$partition", query.Partition);
        }
        if (query.RowPrefix is { Length: > 0 } prefix)
        {
            sql.Append(" AND row >= $prefix");
            parameters.AddWithValue("$prefix", prefix);
            if (FirstBehind(prefix) is { } end)
            {
                sql.Append(" AND row < $end");
                parameters.AddWithValue("$end", end);
            }
        }
        if (query.RowFrom is not null)
        {
            sql.Append(" AND row >= $from");
            parameters.AddWithValue("$from", query.RowFrom);
        }
        if (query.ContinuationToken is not null)
        {
            var (partition, row) = TableContinuation.Read(query.ContinuationToken);
            sql.Append(CultureInfo.InvariantCulture, $" AND (partition, row) {beyond} ($lastPartition, $lastRow)");
            parameters.AddWithValue("$lastPartition", partition);
            parameters.AddWithValue("$lastRow", row);
        }
        sql.Append(CultureInfo.InvariantCulture, $" ORDER BY partition {order}, row {order} LIMIT $take");
        return sql.ToString();
    }

    /// <summary>The first text in code point order behind all that begin with <paramref name="prefix"/>; null when there is none.</summary>
    private static string? FirstBehind(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes.Count > 0 && runes[^1].Value is 0x10FFFF) runes.RemoveAt(runes.Count - 1);
        if (runes.Count is 0) return null;
        // Surrogates are no characters: U+E000 follows U+D7FF.
        runes[^1] = new Rune(runes[^1].Value is 0xD7FF ? 0xE000 : runes[^1].Value + 1);
        return string.Concat(runes);
    }

    private static TableRow ReadRow(SqliteDataReader reader) =>
        new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3).ToString(CultureInfo.InvariantCulture));

    private static void AddKeys(SqliteCommand command, string table, string partition, string row)
    {
        command.Parameters.AddWithValue("$table", table);
        command.Parameters.AddWithValue("$partition", partition);
        command.Parameters.AddWithValue("$row", row);
    }

    private static void CheckKeys(string table, string partition, string row)
    {
        TableKeys.CheckTable(table);
        TableKeys.CheckKey(partition);
        TableKeys.CheckKey(row);
    }

    private static string ReadSchema()
    {
        using var stream = typeof(LocalTableStore).Assembly.GetManifestResourceStream("MlOps.Storage.Local.tables.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private SqliteConnection OpenReader()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private async Task<T> WriteAsync<T>(Func<SqliteCommand, T> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            using var command = _writer.CreateCommand();
            return write(command);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Execute(string sql)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
