using System.Security.Cryptography;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Makes files that arrived into one dataset version: one canonical parquet file, the same bytes for the same rows every time.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <param name="limits">Limits of the files; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Takes delimited text with a header, a JSON array of objects, JSON lines, parquet, and gzip of each; the format is found in the
/// content. Columns are matched by exact name; others are left out. Text that does not convert to the declared type makes its row
/// unreadable: it is set apart with its place and reason, never NULL instead. An empty field and JSON's null are missing values, NaN is
/// one too; an infinity is unreadable. Time stamps without an offset are UTC. Files of a drop with the same bytes are taken once; the
/// later ones are listed with no rows.
/// </remarks>
public sealed class DatasetIngestor(DuckDbOptions? options = null, IngestLimits? limits = null)
{
    // Fixed, so that the same rows give the same bytes whatever the engine's default is.
    private const string Canonical = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880";

    private readonly DuckDbOptions _options = options ?? new();
    private readonly IngestLimits _limits = limits ?? new();

    /// <summary>Reads the files and writes <c>data.parquet</c>, and <c>rejects.parquet</c> where rows could not be read.</summary>
    /// <param name="files">At least one file; their rows follow one another in the order of their names.</param>
    /// <param name="spec">The declared columns, and what unreadable rows mean.</param>
    /// <param name="outputFolder">Where the results go; made when needed. Files of an earlier run are replaced.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left then.</param>
    /// <exception cref="DatasetFileException">
    /// A file cannot be used; or it has an unreadable row and <see cref="DataSpec.InvalidRows"/> says that this fails the dataset.
    /// </exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    /// <exception cref="ArgumentException">No files.</exception>
    public IngestResult Ingest(IReadOnlyList<SourceFile> files, DataSpec spec, string outputFolder, CancellationToken cancellationToken)
    {
        if (files.Count == 0) throw new ArgumentException("At least one file is needed.", nameof(files));
        using var output = new OutputFolder(outputFolder);
        try
        {
            using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
            var inspector = new FileInspector(output.Work, _limits);
            var lander = new FileLander(connection, spec, _limits);
            var sources = files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (File: f, Stamp: FileStamp.Of(f.Path))).ToList();
            var inspected = sources.ConvertAll(s => inspector.Inspect(s.File, cancellationToken));
            // The same bytes under two names are one delivery, made twice.
            var landed = inspected.DistinctBy(f => f.Sha256, StringComparer.Ordinal).Select(f => lander.Land(f, cancellationToken)).ToList();

            var data = output.Stage("data.parquet");
            var query = string.Join(" UNION ALL ", landed.Select(l => l.Readable(spec.Columns)));
            var rows = connection.Execute($"COPY ({query}) TO {Sql.Text(data)} ({Canonical})", cancellationToken);

            var rejects = new RejectsFile(connection, spec.Columns);
            var anyUnreadable = rows < landed.Sum(l => l.Rows + l.Broken.Count);
            var accounts = landed.ToDictionary(l => l.File, l => Account(l, spec, anyUnreadable ? rejects : null, cancellationToken));
            var ingested = inspected.ConvertAll(f => accounts.GetValueOrDefault(f) ?? new(f.Name, f.Sha256, f.Bytes, 0, f.FormatName));
            if (rejects.Count > 0) rejects.Save(output.Stage("rejects.parquet"), cancellationToken);

            foreach (var (file, stamp) in sources) stamp.RequireUnchanged(file);
            var (oldest, newest) = TimeRange(connection, spec, data, cancellationToken);
            var version = DatasetVersion.Parse(Sha256(data));
            output.Publish();
            return new IngestResult
            {
                Version = version,
                Rows = rows,
                UnreadableRows = rejects.Count,
                MinTime = oldest,
                MaxTime = newest,
                Files = ingested,
                DataPath = output.PathOf("data.parquet"),
                RejectsPath = rejects.Count > 0 ? output.PathOf("rejects.parquet") : null,
            };
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(outputFolder, e);
        }
        catch (IOException e) when (OutputFolder.IsDiskFull(e))
        {
            throw new DataStorageException(outputFolder, e);
        }
    }

    private static IngestedFile Account(LandedFile landed, DataSpec spec, RejectsFile? rejects, CancellationToken cancellationToken)
    {
        var (count, first) = rejects?.Collect(landed, cancellationToken) ?? (0, null);
        if (first is not null && spec.InvalidRows is InvalidRowPolicy.Fail) throw first;
        var readable = landed.Rows + landed.Broken.Count - count;
        if (first is not null && readable == 0)
        {
            throw new DatasetFileException(landed.File.Name, $"none of its {count} rows can be read; the first: {first.Problem}",
                "Compare the declared types with the file.", first.Line, first.Column, first.Value);
        }
        return new(landed.File.Name, landed.File.Sha256, landed.File.Bytes, readable, landed.File.FormatName);
    }

    private static (DateTime? Oldest, DateTime? Newest) TimeRange(DuckDbConnection connection, DataSpec spec, string data, CancellationToken cancellationToken)
    {
        if (spec.TimeColumn is not { } time) return (null, null);
        var name = Sql.Name(time.Name);
        var row = connection.Rows($"SELECT min({name}), max({name}) FROM read_parquet({Sql.Text(data)})", cancellationToken)[0];
        return (row.Time(0), row.Time(1));
    }

    private static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
