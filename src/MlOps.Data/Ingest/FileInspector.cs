using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using MlOps.Core.Datasets;

namespace MlOps.Data.Ingest;

/// <summary>One pass over a file that arrived: hash, format, encoding, completeness. Expands what is compressed.</summary>
internal sealed class FileInspector(string workFolder, IngestLimits limits)
{
    private const int BufferSize = 1 << 20;

    private int _copies;

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Looks a file over.</summary>
    /// <exception cref="DatasetFileException">It is empty, of no known format, truncated, not UTF-8, or expands beyond the limit.</exception>
    public InspectedFile Inspect(SourceFile file, CancellationToken cancellationToken)
    {
        Span<byte> start = stackalloc byte[64];
        using var stream = Open(file);
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        if (start.IsEmpty) throw new DatasetFileException(file.Name, "the file is empty.", "Drop it again once it is complete.");

        if (start.StartsWith("PAR1"u8))
        {
            ParquetEnvelope.Check(file.Name, stream);
            stream.Position = 0;
            return new(file.Name, Path.GetFullPath(file.Path), FileFormat.Parquet, Hash(stream), stream.Length);
        }
        if (start is [0x1F, 0x8B, ..]) return InspectGzip(file, stream, cancellationToken);
        if (start is [0x28, 0xB5, 0x2F, 0xFD, ..])
            throw new DatasetFileException(file.Name, "the file is compressed by zstd, which is not read here.", "Expand it, or compress it by gzip.");
        RefuseOtherEncodings(file.Name, start);
        if (start.StartsWith(Utf8Mark)) return InspectMarked(file, stream, cancellationToken);

        var format = TextFormat(file.Name, stream);
        stream.Position = 0;
        // A JSON array may well be one line.
        var hash = new TextScan(file.Name, format is FileFormat.Json ? long.MaxValue : limits.MaxLineBytes).Run(stream, cancellationToken);
        return new(file.Name, Path.GetFullPath(file.Path), format, hash, stream.Length);
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

    private InspectedFile InspectGzip(SourceFile file, FileStream stream, CancellationToken cancellationToken)
    {
        var inner = new SourceFile(Path.Combine(workFolder, $"{_copies++}.expanded"), file.Name);
        try
        {
            using var source = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            using var target = File.Create(inner.Path);
            CopyBounded(file.Name, source, target, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetFileException(file.Name, "the gzip data is damaged or cut off.", "Drop the file again.", inner: e);
        }
        stream.Position = 0;
        return Inspect(inner, cancellationToken) with { Sha256 = Hash(stream), Bytes = stream.Length };
    }

    // DuckDB's JSON reader takes a byte-order mark for text: it gets a copy without.
    private InspectedFile InspectMarked(SourceFile file, FileStream stream, CancellationToken cancellationToken)
    {
        var inner = new SourceFile(Path.Combine(workFolder, $"{_copies++}.unmarked"), file.Name);
        stream.Position = Utf8Mark.Length;
        using (var target = File.Create(inner.Path)) stream.CopyTo(target);
        stream.Position = 0;
        return Inspect(inner, cancellationToken) with { Sha256 = Hash(stream), Bytes = stream.Length };
    }

    private void CopyBounded(string name, Stream source, FileStream target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                target.Write(buffer, 0, read);
                if (target.Length <= limits.MaxExpandedBytes) continue;
                throw new DatasetFileException(name,
                    $"the file expands to more than {limits.MaxExpandedBytes:N0} bytes, the limit for compressed files.",
                    "Split it, or raise the limit if the data is truly that large.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void RefuseOtherEncodings(string name, ReadOnlySpan<byte> start)
    {
        var encoding = start switch
        {
            [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
            _ => null,
        };
        if (encoding is not null)
            throw new DatasetFileException(name, $"the file is {encoding}, not UTF-8.", $"Convert it: iconv -f {encoding} -t UTF-8.");
    }

    private static FileFormat TextFormat(string name, FileStream stream)
    {
        var buffer = new byte[64 * 1024];
        stream.Position = 0;
        var text = buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).TrimStart(" \t\r\n"u8);
        if (text.IsEmpty) throw new DatasetFileException(name, "the file holds only white space.", "Drop it again once it is complete.");
        var lines = Path.GetExtension(name).ToUpperInvariant() is ".JSONL" or ".NDJSON";
        return text[0] switch
        {
            (byte)'[' when !lines => FileFormat.Json,
            (byte)'{' => FileFormat.JsonLines,
            _ when lines || Path.GetExtension(name).ToUpperInvariant() is ".JSON" => throw new DatasetFileException(name,
                "the file is called JSON but begins with neither '[' nor '{'.", "Write an array of objects, or one object a line."),
            _ => FileFormat.Csv,
        };
    }

    private static string Hash(FileStream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));
}
