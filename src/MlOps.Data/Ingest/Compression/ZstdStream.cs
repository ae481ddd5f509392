using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Compression;

/// <summary>Expands Zstandard frames, one after another, to the end of the source. Memory: the frame's window, at most 128 MiB.</summary>
/// <exception cref="DllNotFoundException">This machine has no libzstd.</exception>
internal sealed class ZstdStream(Stream source) : Stream
{
    private readonly ZstdHandle _handle = ZstdLibrary.Create();
    private readonly byte[] _input = new byte[128 * 1024];
    private int _start;
    private int _end;
    private bool _insideFrame;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("The length is known at the end only.");

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException("The stream cannot be sought in.");
        set => throw new NotSupportedException("The stream cannot be sought in.");
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is no Zstandard, damaged, cut off, or needs a larger window.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var atEnd = _start == _end && !Refill();
            // What the decoder still holds comes out without more input.
            var written = Decompress(buffer);
            if (written > 0 || buffer.IsEmpty) return written;
            if (!atEnd) continue;
            return _insideFrame ? throw new InvalidDataException("The data ends inside a frame.") : 0;
        }
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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }

    private bool Refill()
    {
        (_start, _end) = (0, source.Read(_input));
        return _end > 0;
    }

    private unsafe int Decompress(Span<byte> buffer)
    {
        fixed (byte* from = _input, to = buffer)
        {
            var input = new ZstdBuffer { Start = from, Length = (nuint)_end, Position = (nuint)_start };
            var output = new ZstdBuffer { Start = to, Length = (nuint)buffer.Length };
            var answer = ZstdLibrary.Decompress(_handle, &output, &input);
            if (ZstdLibrary.IsError(answer) != 0) throw new InvalidDataException(ZstdLibrary.ErrorOf(answer));
            // Without input at hand the answer tells of the next frame's header, not of this frame.
            if (_start < _end || output.Position > 0) _insideFrame = answer != 0;
            _start = (int)input.Position;
            return (int)output.Position;
        }
    }
}
