using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>
/// Blobs as files for programs that need a path: each version is fetched once and kept for the next one who asks, until the
/// folder holds more than it may; then what was used longest ago goes. Files in use stay.
/// </summary>
/// <param name="folder">The folder, of one process at a time; what an earlier one left is used on.</param>
/// <param name="mostBytes">Most bytes that stay when nobody uses them.</param>
/// <param name="time">The clock of use.</param>
internal sealed class LocalFileCache(string folder, long mostBytes, TimeProvider time)
{
    private const string Unfinished = ".part";
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _inUse = new(StringComparer.Ordinal);

    /// <exception cref="BlobNotFoundException">There is no such blob.</exception>
    public async Task<LocalFile> GetAsync(BlobContainer container, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await container.TryGetPropertiesAsync(name, cancellationToken) is not { } known) throw new BlobNotFoundException(name);
            var path = PathOf(container, name, known.ETag);
            var entry = Hold(path);
            try
            {
                await EnsureAsync(entry, container, name, known.ETag, path, cancellationToken);
                return new LocalFile(path, () => Release(path));
            }
            catch (BlobChangedException)
            {
                // Written anew since the question: the next round asks for that.
                Release(path);
            }
            catch
            {
                Release(path);
                throw;
            }
        }
    }

    private async Task EnsureAsync(Entry entry, BlobContainer container, string name, string eTag, string path, CancellationToken cancellationToken)
    {
        // Those who ask for the same version at once wait for one download.
        await entry.Fetching.WaitAsync(cancellationToken);
        try
        {
            if (!File.Exists(path)) await FetchAsync(container, name, eTag, path, cancellationToken);
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
        }
        finally
        {
            entry.Fetching.Release();
        }
    }

    private async Task FetchAsync(BlobContainer container, string name, string eTag, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var unfinished = path + Unfinished;
        try
        {
            await using (var source = await BlobReadStream.OpenAsync(container, name, eTag, cancellationToken))
            await using (var target = File.Create(unfinished))
                await source.CopyToAsync(target, cancellationToken);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private string PathOf(BlobContainer container, string name, string eTag)
    {
        var version = SHA256.HashData(Encoding.UTF8.GetBytes($"{container.AddressOf(name)}\n{eTag}"));
        // Programs look at the extension.
        return Path.Combine(folder, Convert.ToHexStringLower(version) + Path.GetExtension(name));
    }

    private Entry Hold(string path)
    {
        lock (_gate)
        {
            if (!_inUse.TryGetValue(path, out var entry)) _inUse[path] = entry = new Entry();
            entry.Users++;
            return entry;
        }
    }

    private void Release(string path)
    {
        lock (_gate)
        {
            if (--_inUse[path].Users > 0) return;
            _inUse.Remove(path);
            Shrink();
        }
    }

    private void Shrink()
    {
        var folderInfo = new DirectoryInfo(folder);
        if (!folderInfo.Exists) return;
        long bytes = 0;
        foreach (var file in folderInfo.EnumerateFiles().Where(f => f.Extension is not Unfinished).OrderByDescending(f => f.LastWriteTimeUtc))
        {
            bytes += file.Length;
            if (bytes > mostBytes && !_inUse.ContainsKey(file.FullName)) file.Delete();
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Fetching { get; } = new(1, 1);

        public int Users { get; set; }
    }
}
