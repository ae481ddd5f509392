using Azure.Core;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>
/// Reads a blob of any size as it comes, with one request. When the connection breaks, it goes on where it was, on the same
/// version of the blob or not at all. Seeking is a new request, sent by the next read.
/// </summary>
internal sealed class BlobReadStream : Stream
{
    /// <summary>Connections that may break without a byte in between.</summary>
    private const int MostBreaks = 5;

    private readonly BlobContainer _container;
    private readonly string _name;
    private readonly BlobProperties _properties;
    private HttpMessage? _message;
    private Stream? _content;
    private long _position;

    private BlobReadStream(BlobContainer container, string name, HttpMessage message)
    {
        (_container, _name, _properties) = (container, name, BlobProperties.Of(message.Response));
        Take(message);
    }

    /// <summary>The version that is read.</summary>
    public string ETag => _properties.ETag;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _properties.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Starts to read.</summary>
    /// <param name="container">Where the blob is.</param>
    /// <param name="name">The blob.</param>
    /// <param name="eTag">Only while it has this ETag; <see langword="null"/>: whatever is there.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <exception cref="BlobNotFoundException">There is no such blob.</exception>
    /// <exception cref="BlobChangedException">It does not have that ETag any more.</exception>
    public static async Task<BlobReadStream> OpenAsync(BlobContainer container, string name, string? eTag, CancellationToken cancellationToken) =>
        new(container, name, await container.TryStartReadAsync(name, 0, eTag, whole: false, cancellationToken) ?? throw new BlobNotFoundException(name));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var breaks = 0; ; breaks++)
        {
            if (_position >= Length || buffer.IsEmpty) return 0;
            if (_content is null)
                Take(await _container.TryStartReadAsync(_name, _position, ETag, whole: false, cancellationToken) ?? throw new BlobChangedException(_name));
            try
            {
                var read = await _content!.ReadAsync(buffer, cancellationToken);
                if (read > 0)
                {
                    _position += read;
                    return read;
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (breaks >= MostBreaks) throw new IOException($"The blob '{_name}' could not be read beyond byte {_position}: {e.Message} Read it again later.", e);
            }
            // The answer ended before the blob did.
            Drop();
            if (breaks >= MostBreaks) throw new EndOfStreamException($"The blob '{_name}' ended at byte {_position} of {Length}, again and again. Read it again later.");
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => Length + offset };
        ArgumentOutOfRangeException.ThrowIfNegative(position, nameof(offset));
        if (position != _position) Drop();
        return _position = position;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Drop();
        base.Dispose(disposing);
    }

    private void Take(HttpMessage message)
    {
        _message = message;
        _content = message.ExtractResponseContent() ?? Null;
    }

    private void Drop()
    {
        _content?.Dispose();
        _message?.Dispose();
        (_content, _message) = (null, null);
    }
}
