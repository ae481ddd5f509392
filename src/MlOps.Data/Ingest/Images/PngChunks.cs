using System.Buffers.Binary;

namespace MlOps.Data.Ingest.Images;

/// <summary>The chunks of a PNG; read as a stream, they are the data of its pixels, chunk after chunk.</summary>
internal sealed class PngChunks(Stream source) : Stream
{
    private const int SignatureLength = 8;
    private const int ChecksumLength = 4;
    private const int MaxPaletteLength = 768;

    private long _left;
    private bool _ended;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("The length is not known.");

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException("The stream cannot be sought in.");
        set => throw new NotSupportedException("The stream cannot be sought in.");
    }

    /// <summary>Reads the first chunk, which is IHDR.</summary>
    /// <exception cref="BrokenImageException">It is not.</exception>
    public byte[] ReadHeader()
    {
        Skip(SignatureLength);
        return Next() is var (type, length) && type is "IHDR" && length is 13 ? Content(13) : throw new BrokenImageException("its first chunk is no header");
    }

    /// <summary>Goes to the data of the pixels.</summary>
    /// <returns>The palette on the way; empty without one.</returns>
    /// <exception cref="BrokenImageException">There are no pixels.</exception>
    public byte[] SkipToData()
    {
        byte[] palette = [];
        while (true)
        {
            var (type, length) = Next();
            if (type is "IDAT")
            {
                _left = length;
                return palette;
            }
            if (type is "IEND") throw new BrokenImageException("it has no pixels");
            if (type is "PLTE" && length <= MaxPaletteLength) palette = Content((int)length);
            else Skip(length + ChecksumLength);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_left is 0 && !_ended)
        {
            Skip(ChecksumLength);
            var (type, length) = Next();
            if (type is "IDAT") _left = length;
            else _ended = true;
        }
        var read = source.Read(buffer[..(int)Math.Min(_left, buffer.Length)]);
        _left -= read;
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream cannot be sought in.");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("The stream is read only.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read only.");

    private (string Type, long Length) Next()
    {
        Span<byte> head = stackalloc byte[8];
        source.ReadExactly(head);
        return (System.Text.Encoding.Latin1.GetString(head[4..]), BinaryPrimitives.ReadUInt32BigEndian(head));
    }

    private byte[] Content(int length)
    {
        var content = new byte[length];
        source.ReadExactly(content);
        Skip(ChecksumLength);
        return content;
    }

    private void Skip(long length)
    {
        if (source.Position + length > source.Length) throw new EndOfStreamException();
        source.Position += length;
    }
}
