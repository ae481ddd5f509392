using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Microsoft.Win32.SafeHandles;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>Uploads what is too large for one request: part by part, straight from its source, then made a blob all at once.</summary>
/// <remarks>A process that dies in between leaves parts that nobody sees, and that the service removes after a week.</remarks>
internal sealed class BlockUpload(BlobContainer container)
{
    /// <summary>Up to here one request does; it is also the usual size of a part.</summary>
    public const int PartBytes = 8 * 1024 * 1024;

    /// <summary>Parts that the service takes for a blob.</summary>
    private const int MostParts = 50_000;

    /// <summary>Parts under way at once.</summary>
    private const int Parallel = 4;

    /// <summary>How often an upload begins anew because somebody else's took its parts away.</summary>
    private const int MostAttempts = 5;

    /// <summary>Uploads a file under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public async Task<string?> TryUploadAsync(string path, string name, WriteCondition condition, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous);
        var length = RandomAccess.GetLength(file);
        return length <= PartBytes
            ? await container.TryPutAsync(name, RequestContent.Create(new FilePart(file, 0, length)), condition, cancellationToken)
            : await UploadPartsAsync(name, length, (offset, count) => RequestContent.Create(new FilePart(file, offset, count)), condition, cancellationToken);
    }

    /// <summary>Writes content under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken) =>
        content.Length <= PartBytes
            ? container.TryPutAsync(name, RequestContent.Create(content), condition, cancellationToken)
            : UploadPartsAsync(name, content.Length, (offset, count) => RequestContent.Create(content.Slice((int)offset, (int)count)), condition, cancellationToken);

    private async Task<string?> UploadPartsAsync(string name, long length, Func<long, long, RequestContent> partOf, WriteCondition condition, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var ids = await LayDownAsync(name, length, partOf, cancellationToken);
                return await container.TryCommitAsync(name, ids, condition, cancellationToken);
            }
            catch (StorageRequestException e) when (e.Code is "InvalidBlockList" && attempt < MostAttempts)
            {
                // Whoever makes a blob of this name drops the parts of all others.
            }
        }
    }

    private async Task<IReadOnlyList<string>> LayDownAsync(string name, long length, Func<long, long, RequestContent> partOf, CancellationToken cancellationToken)
    {
        var partBytes = Math.Max(PartBytes, (length + MostParts - 1) / MostParts);
        var parts = (int)((length + partBytes - 1) / partBytes);
        // Ids of one upload are no other's, and all of one length, as the service asks.
        var upload = RandomNumberGenerator.GetHexString(16, lowercase: true);
        string IdOf(int part) => Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{upload}-{part:D6}")));
        await System.Threading.Tasks.Parallel.ForAsync(
            0,
            parts,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (part, stop) =>
            {
                var offset = part * partBytes;
                using var content = partOf(offset, Math.Min(partBytes, length - offset));
                await container.PutBlockAsync(name, IdOf(part), content, stop);
            });
        return [.. Enumerable.Range(0, parts).Select(IdOf)];
    }

    /// <summary>A part of a file as a stream of its own; several may read the file at once.</summary>
    private sealed class FilePart(SafeFileHandle file, long offset, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await RandomAccess.ReadAsync(file, buffer[..(int)Math.Min(buffer.Length, length - _position)], offset + _position, cancellationToken);
            _position += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int at, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(at, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int at, int count)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(at, (int)Math.Min(count, length - _position)), offset + _position);
            _position += read;
            return read;
        }

        public override long Seek(long to, SeekOrigin origin) =>
            _position = origin switch { SeekOrigin.Begin => to, SeekOrigin.Current => _position + to, _ => length + to };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int at, int count) => throw new NotSupportedException();
    }
}
