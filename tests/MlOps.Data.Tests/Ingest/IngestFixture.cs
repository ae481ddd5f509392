using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Ingest;

/// <summary>Files of one drop, and what becomes of them.</summary>
internal sealed class IngestFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DataSpec Spec { get; set; } = new()
    {
        Columns = [new() { Name = "id", Type = ColumnType.Int }, new() { Name = "name", Type = ColumnType.String }],
    };

    public IngestLimits Limits { get; set; } = new();

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        return _folder.Write(name, bytes);
    }

    /// <summary>Rows of the canonical file that a drop becomes, values joined by bars.</summary>
    public List<string> Rows(params string[] names) => RowsOf(Ingest(names));

    public static List<string> RowsOf(IngestResult result) => ReadAll(result.DataPath, "");

    /// <summary>The unreadable rows: file, row, line, column, value, reason.</summary>
    public static List<string> RejectsOf(IngestResult result) => result.RejectsPath is { } path ? ReadAll(path, "ORDER BY \"row\"") : [];

    public IngestResult Ingest(params string[] names) =>
        new DatasetIngestor(limits: Limits).Ingest([.. names.Select(n => new MlOps.Core.Datasets.SourceFile(_folder[n], n))], Spec, _folder["out"], default);

    public DatasetFileException Refusal(params string[] names)
    {
        var error = Assert.Throws<DatasetFileException>(() => Ingest(names));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
        return error;
    }

    public void WriteParquet(string name, string query)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder[name])} (FORMAT parquet)", default);
    }

    private static List<string> ReadAll(string path, string order)
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({Sql.Text(path)}) {order}", default)
            .Select(r => string.Join('|', Enumerable.Range(0, r.Count).Select(i => r[i] ?? "NULL")))];
    }
}
