using System.Buffers;
using System.IO.Compression;

namespace MlOps.Data.Ingest.Compression;

/// <summary>Expands a compressed file into another one, up to a limit.</summary>
/// <param name="name">The file's name, for messages.</param>
/// <param name="maxBytes">Most bytes of the other file.</param>
internal sealed class CompressedFile(string name, long maxBytes)
{
    private const int BufferSize = 1 << 20;

    /// <summary>How a file is compressed, by its first bytes; <see langword="null"/>: not in a way that is read here.</summary>
    public static CompressionKind? KindOf(ReadOnlySpan<byte> start) => start switch
    {
        [0x1F, 0x8B, ..] => CompressionKind.Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => CompressionKind.Zstd,
        // A frame to be skipped: pzstd and others begin with one.
        [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => CompressionKind.Zstd,
        _ => null,
    };

    /// <summary>Expands the stream into a new file.</summary>
    /// <exception cref="DatasetFileException">The data is damaged, or expands beyond the limit.</exception>
    public void Expand(CompressionKind kind, Stream stream, string target, CancellationToken cancellationToken)
    {
        try
        {
            using var file = new FileStream(target, FileMode.Create, FileAccess.ReadWrite);
            if (kind is CompressionKind.Gzip) ExpandGzip(stream, file, cancellationToken);
            else ExpandZstd(stream, file, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetFileException(name, $"the {Word(kind)} data is damaged or cut off ({e.Message.TrimEnd('.')}).", "Drop the file again.", inner: e);
        }
        catch (DllNotFoundException e)
        {
            throw new DatasetFileException(name, "the file is compressed by zstd, and this machine has no libzstd.",
                "Install it (Debian: libzstd1, Homebrew: zstd), or compress by gzip.", inner: e);
        }
    }

    private void ExpandZstd(Stream stream, FileStream target, CancellationToken cancellationToken)
    {
        using var source = new ZstdStream(stream);
        Copy(source, target, cancellationToken);
    }

    private void ExpandGzip(Stream stream, FileStream target, CancellationToken cancellationToken)
    {
        using var marked = new GzipEndMark(stream);
        using var source = new GZipStream(marked, CompressionMode.Decompress);
        Copy(source, target, cancellationToken);
        GzipEndMark.TakeOff(target);
    }

    private void Copy(Stream source, FileStream target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = source.Read(buffer, 0, BufferSize)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (target.Length + read > maxBytes)
                {
                    throw new DatasetFileException(name, $"the file expands to more than {maxBytes:N0} bytes, the limit for compressed files.",
                        "Split it, or raise Pipelines:Ingest:MaxExpandedBytes if the data is truly that large.");
                }
                target.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Word(CompressionKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>How a file is compressed.</summary>
internal enum CompressionKind
{
    /// <summary>RFC 1952.</summary>
    Gzip,

    /// <summary>RFC 8878.</summary>
    Zstd,
}
