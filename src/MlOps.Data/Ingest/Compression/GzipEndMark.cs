using System.IO.Compression;

namespace MlOps.Data.Ingest.Compression;

/// <summary>
/// A gzip file with one more member at its end. .NET takes a file that is cut off for one that has ended; members follow one another,
/// so the mark comes out at the end exactly where everything before it was whole.
/// </summary>
internal sealed class GzipEndMark(Stream file) : Stream
{
    private static readonly byte[] s_mark = "end of the file's own data"u8.ToArray();
    private static readonly byte[] s_member = Compress(s_mark);

    private int _given;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("The stream is read from start to end.");

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException("The stream is read from start to end.");
        set => throw new NotSupportedException("The stream is read from start to end.");
    }

    /// <summary>Removes the mark from the expanded data.</summary>
    /// <exception cref="InvalidDataException">It is not there: the file was cut off.</exception>
    public static void TakeOff(FileStream expanded)
    {
        Span<byte> end = stackalloc byte[s_mark.Length];
        if (expanded.Length < end.Length) throw new InvalidDataException("The data ends too soon.");
        expanded.Position = expanded.Length - end.Length;
        expanded.ReadExactly(end);
        if (!end.SequenceEqual(s_mark)) throw new InvalidDataException("The data ends too soon.");
        expanded.SetLength(expanded.Length - end.Length);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_given is 0 && file.Read(buffer) is > 0 and var read) return read;
        var rest = s_member.AsSpan(_given);
        rest = rest[..Math.Min(rest.Length, buffer.Length)];
        rest.CopyTo(buffer);
        _given += rest.Length;
        return rest.Length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream is read from start to end.");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("The stream is read only.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read only.");

    private static byte[] Compress(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(content);
        return target.ToArray();
    }
}
