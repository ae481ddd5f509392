using System.Security.Cryptography;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest.Images;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Makes files that arrived into one dataset version: one canonical parquet file, the same bytes for the same rows every time.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <param name="limits">Limits of the files; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Takes delimited text, a JSON array of objects, JSON lines, parquet, pictures, and gzip and Zstandard of each; the format is found in
/// the content. Columns are matched by exact name; others are left out. Text that does not convert to the declared type makes its row
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
    /// <param name="spec">The declared columns, how text is written, and what unreadable rows mean.</param>
    /// <param name="outputFolder">Where the results go; made when needed. Files of an earlier run are replaced.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left then.</param>
    /// <exception cref="DatasetFileException">
    /// A file cannot be used; or it has an unreadable row and <see cref="DataSpec.InvalidRows"/> says that this fails the dataset. Where
    /// it is true of several files, the others are in <see cref="DatasetFileException.Others"/>.
    /// </exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    /// <exception cref="ArgumentException">No files.</exception>
    public IngestResult Ingest(IReadOnlyList<SourceFile> files, DataSpec spec, string outputFolder, CancellationToken cancellationToken) =>
        IngestNew(files, _ => false, spec, outputFolder, cancellationToken)!;

    /// <summary>As <see cref="Ingest"/>, but leaves out what is known by its hash already.</summary>
    /// <param name="files">At least one file.</param>
    /// <param name="isKnown">Whether bytes, by their SHA-256 in lower-case hexadecimal digits, are in the data already.</param>
    /// <param name="spec">The declared columns.</param>
    /// <param name="outputFolder">Where the results go.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left then.</param>
    /// <returns>What came out, or <see langword="null"/> when everything is known: then nothing is written.</returns>
    /// <inheritdoc cref="Ingest"/>
    public IngestResult? IngestNew(
        IReadOnlyList<SourceFile> files, Predicate<string> isKnown, DataSpec spec, string outputFolder, CancellationToken cancellationToken)
    {
        if (files.Count == 0) throw new ArgumentException("At least one file is needed.", nameof(files));
        using var output = new OutputFolder(outputFolder);
        try
        {
            using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
            var inspector = new FileInspector(output.Work, spec.Files, _limits);
            var sources = files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (File: f, Stamp: FileStamp.Of(f.Path))).ToList();
            var inspected = FileFaults.Collect(sources, s => inspector.Inspect(s.File, cancellationToken));
            var drop = DropContent.Of(inspected, isKnown);
            if (drop.IsKnown) return null;

            var zone = new LandingZone(connection, spec, _limits);
            var landed = new DropLander(zone).Land(drop, cancellationToken);
            var data = output.Stage("data.parquet");
            var rows = Write(landed, zone, data, cancellationToken);
            var rejects = new RejectsFile(connection, spec.Columns, _limits);
            var anyUnreadable = rows < landed.Sum(l => l.Rows + l.BrokenRows);
            var accounts = landed.Zip(FileFaults.Collect(landed, l => Account(l, spec, anyUnreadable ? rejects : null, cancellationToken)))
                .ToDictionary(a => a.First.File, a => a.Second);
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
                Files = [.. drop.Listed.Select(f => accounts.GetValueOrDefault(f) ?? new(f.Name, f.Sha256, f.Bytes, 0, f.FormatName))],
                Repeats = drop.Repeats,
                Known = drop.Known,
                DataPath = output.PathOf("data.parquet"),
                RejectsPath = rejects.Count > 0 ? output.PathOf("rejects.parquet") : null,
            };
        }
        catch (DatasetFileException e) when (PictureManifest.MayBeAmong(e))
        {
            throw PictureManifest.WithPictures(e, files);
        }
        catch (Exception e) when (e is IOException or DuckDbException && files.FirstOrDefault(f => !File.Exists(f.Path)) is not null)
        {
            throw new DatasetFileException(files.First(f => !File.Exists(f.Path)).Name, "the file was taken away while it was read.", "Put it back, and leave it there until its run has begun.");
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

    private static long Write(IReadOnlyList<LandedFile> landed, LandingZone zone, string path, CancellationToken cancellationToken)
    {
        var query = string.Join(" UNION ALL ", landed.Select(l => l.Readable(zone.Spec.Columns)));
        try
        {
            return zone.Connection.Execute($"COPY ({query}) TO {Sql.Text(path)} ({Canonical})", cancellationToken);
        }
        catch (DuckDbException e) when (!e.DiskFull && !e.OutOfMemory)
        {
            // The error does not say whose it is.
            var lander = new FileLander(zone);
            FileFaults.Collect(landed, l => { lander.RequireReadable(l, cancellationToken); return l; });
            throw;
        }
    }

    private static IngestedFile Account(LandedFile landed, DataSpec spec, RejectsFile? rejects, CancellationToken cancellationToken)
    {
        var (count, firsts) = rejects?.Collect(landed, cancellationToken) ?? (0, []);
        var readable = landed.Rows + landed.BrokenRows - count;
        if (count > 0 && spec.InvalidRows is InvalidRowPolicy.Fail) throw firsts[0].With([.. firsts.Skip(1)]);
        if (count > 0 && readable == 0)
        {
            var none = firsts.Select(first => new DatasetFileException(first.File, $"none of its {(firsts.Count is 1 ? count : 1)} rows can be read; the first: {first.Problem}",
                "Compare the declared types with the file.", first.Line, first.Column, first.Value)).ToList();
            throw none[0].With(none[1..]);
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
