namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Creates the tables of a new file and knows which files it can read.</summary>
internal static class Schema
{
    // "mlth": tells a task hub's file from any other SQLite file.
    private const int ApplicationId = 0x6D6C7468;
    private const int CurrentVersion = 1;

    public static void Ensure(Database database)
    {
        var version = database.ReadNumber("PRAGMA user_version");
        if (version == CurrentVersion && database.ReadNumber("PRAGMA application_id") == ApplicationId)
            return;
        if (version != 0 || database.ReadNumber("SELECT count(*) FROM sqlite_master") > 0)
        {
            throw new TaskHubStorageException(database.Path, database.ReadNumber("PRAGMA application_id") == ApplicationId
                ? $"the file has format {version}, this program reads format {CurrentVersion}. Use the program version that wrote it, or another file."
                : "this is a SQLite file, but not a task hub's. Choose another path.");
        }
        // One transaction: a crash leaves either no table or all of them.
        database.Execute("BEGIN IMMEDIATE");
        database.Execute(ReadScript());
        database.Execute($"PRAGMA application_id={ApplicationId}");
        database.Execute($"PRAGMA user_version={CurrentVersion}");
        database.Execute("COMMIT");
    }

    private static string ReadScript()
    {
        using var stream = typeof(Schema).Assembly.GetManifestResourceStream("schema.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
