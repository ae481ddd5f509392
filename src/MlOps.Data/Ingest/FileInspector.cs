using System.Security.Cryptography;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest.Compression;
using MlOps.Data.Ingest.Images;
using MlOps.Data.Ingest.Text;

namespace MlOps.Data.Ingest;

/// <summary>One pass over a file that arrived: hash, format, encoding, completeness. Expands what is compressed, makes other encodings UTF-8.</summary>
internal sealed class FileInspector(string workFolder, FilesSpec spec, IngestLimits limits)
{
    private int _copies;

    /// <summary>Looks a file over.</summary>
    /// <exception cref="DatasetFileException">It is empty, of no known format, truncated, of another encoding than declared, or expands beyond the limit.</exception>
    public InspectedFile Inspect(SourceFile file, CancellationToken cancellationToken)
    {
        Span<byte> start = stackalloc byte[64];
        using var stream = Open(file);
        start = StartOf(stream, start);
        if (CompressedFile.KindOf(start) is not { } compression) return InspectPlain(file, start, stream, cancellationToken);

        var expanded = file with { Path = NextCopy() };
        new CompressedFile(file.Name, limits.MaxExpandedBytes).Expand(compression, stream, expanded.Path, cancellationToken);
        using var inner = Open(expanded);
        start = StartOf(inner, start);
        // A file can be made that expands to itself.
        if (CompressedFile.KindOf(start) is not null)
            throw new DatasetFileException(file.Name, "the file is compressed twice.", "Compress it once.");
        return InspectPlain(expanded, start, inner, cancellationToken) with { Sha256 = Hash(stream), Bytes = stream.Length };
    }

    private InspectedFile InspectPlain(SourceFile file, ReadOnlySpan<byte> start, FileStream stream, CancellationToken cancellationToken)
    {
        if (start.IsEmpty) throw new DatasetFileException(file.Name, "the file is empty.", "Drop it again once it is complete.");
        if (start.StartsWith("PAR1"u8)) ParquetEnvelope.Check(file.Name, stream);
        var format = start.StartsWith("PAR1"u8) ? FileFormat.Parquet : ImageFormat.KindOf(start) is not null ? FileFormat.Image : (FileFormat?)null;
        if (format is { } binary) return new(file.Name, Path.GetFullPath(file.Path), binary, Hash(stream), stream.Length);
        if (ForeignFormat.Find(start) is { } foreign)
            throw new DatasetFileException(file.Name, $"the file is {foreign.What}, which is not read here.", foreign.Remedy);

        var encoding = TextEncoding.Detect(start, spec.Encoding);
        if (encoding.IsPlain) return InspectText(file, stream, cancellationToken);
        var plain = file with { Path = NextCopy() };
        MakePlain(file.Name, encoding, stream, plain.Path, cancellationToken);
        using var copy = Open(plain);
        return InspectText(plain, copy, cancellationToken) with { Sha256 = Hash(stream), Bytes = stream.Length };
    }

    private InspectedFile InspectText(SourceFile file, FileStream stream, CancellationToken cancellationToken)
    {
        var format = TextFormat(file.Name, stream);
        stream.Position = 0;
        // A JSON array may well be one line.
        var hash = new TextScan(file.Name, format is FileFormat.Json ? long.MaxValue : limits.MaxLineBytes).Run(stream, cancellationToken);
        return new(file.Name, Path.GetFullPath(file.Path), format, hash, stream.Length);
    }

    private static void MakePlain(string name, TextEncoding encoding, FileStream stream, string path, CancellationToken cancellationToken)
    {
        stream.Position = encoding.MarkLength;
        using var target = File.Create(path);
        if (encoding.Encoding is { } other) new Transcoder(name, other).Run(stream, target, cancellationToken);
        else stream.CopyTo(target);
    }

    private static FileStream Open(SourceFile file)
    {
        try
        {
            return new FileStream(file.Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetFileException(file.Name, $"the file cannot be opened ({e.Message}).", "Check that it exists and may be read.", inner: e);
        }
    }

    private string NextCopy() => Path.Combine(workFolder, $"{_copies++}.plain");

    private static Span<byte> StartOf(FileStream stream, Span<byte> buffer)
    {
        stream.Position = 0;
        var start = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        return start;
    }

    private static FileFormat TextFormat(string name, FileStream stream)
    {
        var buffer = new byte[64 * 1024];
        stream.Position = 0;
        var text = buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).TrimStart(" \t\r\n"u8);
        if (text.IsEmpty) throw new DatasetFileException(name, "the file holds only white space.", "Drop it again once it is complete.");
        var extension = ExtensionOf(name);
        var lines = extension is ".JSONL" or ".NDJSON";
        return text[0] switch
        {
            (byte)'[' when !lines => FileFormat.Json,
            (byte)'{' => FileFormat.JsonLines,
            // One broken line, the first included, does not make a file of another format.
            _ when lines => FileFormat.JsonLines,
            _ when extension is ".JSON" => throw new DatasetFileException(name,
                "the file is called JSON but begins with neither '[' nor '{'.", "Write an array of objects, or one object a line."),
            _ => FileFormat.Csv,
        };
    }

    // 'rows.jsonl.gz' is JSON lines.
    private static string ExtensionOf(string name)
    {
        var extension = Path.GetExtension(name).ToUpperInvariant();
        return extension is ".GZ" or ".ZST" or ".ZSTD" ? Path.GetExtension(Path.GetFileNameWithoutExtension(name)).ToUpperInvariant() : extension;
    }

    private static string Hash(FileStream stream)
    {
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
