using System.Runtime.CompilerServices;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>Blobs in one container of Azure Blob Storage: a blob's name is its name there.</summary>
/// <remarks>
/// Atomic by the service: a blob is written by one request, or its parts become it by one. ETags and conditions are the service's
/// own. The container is created by the first write that misses it.
/// </remarks>
public sealed class AzureBlobStore : IBlobStore
{
    private static readonly TimeSpan s_copyPoll = TimeSpan.FromMilliseconds(200);

    private readonly BlobContainer _container;
    private readonly BlockUpload _upload;
    private readonly LocalFileCache _cache;
    private readonly TimeProvider _time;

    internal AzureBlobStore(BlobContainer container, LocalFileCache cache, TimeProvider time) =>
        (_container, _upload, _cache, _time) = (container, new BlockUpload(container), cache, time);

    /// <inheritdoc/>
    public async Task<BlobInfo?> TryGetInfoAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return await _container.TryGetPropertiesAsync(name, cancellationToken) is { } found ? new BlobInfo(name, found.Length, found.ETag, found.LastModified) : null;
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return await BlobReadStream.OpenAsync(_container, name, null, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<BlobContent?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        using var message = await _container.TryStartReadAsync(name, 0, null, whole: true, cancellationToken);
        return message is null ? null : new BlobContent(message.Response.Content.ToMemory(), BlobProperties.ETagOf(message.Response));
    }

    /// <inheritdoc/>
    public async Task<string?> TryWriteAsync(string name, ReadOnlyMemory<byte> content, WriteCondition condition, CancellationToken cancellationToken)
    {
        CheckNew(name);
        return IsOurs(condition) ? await _upload.TryWriteAsync(name, content, condition, cancellationToken) : null;
    }

    /// <inheritdoc/>
    public async Task<string> UploadAsync(string localPath, string name, CancellationToken cancellationToken)
    {
        CheckNew(name);
        return await _upload.TryUploadAsync(localPath, name, WriteCondition.None, cancellationToken) ?? throw new InvalidOperationException($"The unconditional write of '{name}' was refused.");
    }

    /// <inheritdoc/>
    public async Task<string?> TryCreateAsync(string localPath, string name, CancellationToken cancellationToken)
    {
        CheckNew(name);
        return await _upload.TryUploadAsync(localPath, name, WriteCondition.IfAbsent, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<LocalFile> AsLocalFileAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return await _cache.GetAsync(_container, name, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        string? marker = null;
        do
        {
            var page = await _container.ListAsync(prefix, marker, cancellationToken);
            // What others wrote under names that are none of ours cannot be asked for.
            foreach (var blob in page.Blobs.Where(b => BlobName.FindFault(b.Name) is null)) yield return blob;
            marker = page.NextMarker;
        }
        while (marker is not null);
    }

    /// <inheritdoc/>
    public async Task MoveAsync(string from, string to, CancellationToken cancellationToken)
    {
        BlobName.Check(from);
        CheckNew(to);
        while (true)
        {
            if (await _container.TryGetPropertiesAsync(from, cancellationToken) is not { } source)
            {
                if (await _container.TryGetPropertiesAsync(to, cancellationToken) is null) throw new BlobNotFoundException(from);
                return;
            }
            if (from == to) return;
            // The version that was copied is deleted, and no other: what was written meanwhile is moved by the next round.
            if (await TryCopyAsync(from, source.ETag, to, cancellationToken) && await _container.TryDeleteAsync(from, source.ETag, cancellationToken)) return;
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        await _container.TryDeleteAsync(name, null, cancellationToken);
    }

    private async Task<bool> TryCopyAsync(string from, string eTag, string to, CancellationToken cancellationToken)
    {
        if (await _container.TryCopyAsync(from, eTag, to, cancellationToken) is not { } done) return false;
        while (!done)
        {
            await Task.Delay(s_copyPoll, _time, cancellationToken);
            switch (await _container.TryGetPropertiesAsync(to, cancellationToken))
            {
                case { CopyStatus: "pending" }:
                    continue;
                case { CopyStatus: "success" }:
                    done = true;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <summary>An ETag of another store is nobody's here; the service would call it malformed.</summary>
    private static bool IsOurs(WriteCondition condition) => condition.ETag is not { } eTag || (eTag.Length > 0 && eTag.All(c => c is not '"' && char.IsAscii(c) && !char.IsControl(c)));

    private static void CheckNew(string name)
    {
        BlobName.Check(name);
        if (name.Split('/').Any(s => s.EndsWith('.'))) throw new BlobNameException(name, "a segment ends in a dot, which Azure drops.");
    }
}
