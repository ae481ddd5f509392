using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Migration;

/// <summary>Writes what the storage holds into a bundle: a tar archive whose last file lists the others with their hashes.</summary>
internal sealed class BundleWriter(BundleContent content, IBlobStore blobs, StorageLocation location, AuditLog audit, TimeProvider time)
{
    /// <summary>Writes a bundle, file by file, as it goes.</summary>
    /// <param name="selection">What goes in.</param>
    /// <param name="by">Who asks, for the audit log.</param>
    /// <param name="reason">Why.</param>
    /// <param name="work">Folder for files whose length must be known before they are written.</param>
    /// <param name="target">Where the archive goes.</param>
    /// <param name="cancellationToken">Stops the export; what was written by then is no bundle.</param>
    public async Task<Bundle> WriteAsync(BundleSelection selection, string by, string reason, string work, Stream target, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(new(by, "bundle.exported", "storage", $"{reason} ({Describe(selection)})"), cancellationToken);
        var archive = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        await using (archive)
        {
            var parts = new List<BundlePart>();
            foreach (var part in BundleSelection.AllParts.Where(p => selection.Parts.Contains(p, StringComparer.Ordinal)))
                parts.Add(BundlePart.Of(part, await WritePartAsync(archive, part, selection, work, cancellationToken)));
            var bundle = new Bundle { Format = Bundle.CurrentFormat, CreatedAt = time.GetUtcNow(), Source = location.Root, Parts = parts };
            using var list = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(bundle, MlOpsJson.Indented));
            await WriteEntryAsync(archive, Bundle.FileName, list, cancellationToken);
            return bundle;
        }
    }

    private async Task<List<BundleFile>> WritePartAsync(TarWriter archive, string part, BundleSelection selection, string work, CancellationToken cancellationToken)
    {
        var files = new List<BundleFile>();
        foreach (var table in await content.TablesOfAsync(part, selection, cancellationToken))
            if (await WriteTableAsync(archive, table, selection, work, cancellationToken) is { } written) files.Add(written);
        await foreach (var blob in content.BlobsAsync(part, selection, cancellationToken))
        {
            await using var source = await blobs.OpenReadAsync(blob.Name, cancellationToken);
            files.Add(await WriteEntryAsync(archive, $"blobs/{blob.Name}", source, cancellationToken));
        }
        return files;
    }

    private async Task<BundleFile?> WriteTableAsync(TarWriter archive, BundleTable table, BundleSelection selection, string work, CancellationToken cancellationToken)
    {
        var path = Path.Combine(work, Path.GetRandomFileName());
        await using var lines = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await foreach (var row in content.DocumentsAsync(table, selection, cancellationToken))
        {
            await JsonSerializer.SerializeAsync(lines, new BundleDocument(row.Partition, row.Row, row.Json), MlOpsJson.Compact, cancellationToken);
            await lines.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
        if (lines.Length is 0) return null;
        lines.Position = 0;
        return await WriteEntryAsync(archive, table.Path, lines, cancellationToken);
    }

    private async Task<BundleFile> WriteEntryAsync(TarWriter archive, string path, Stream source, CancellationToken cancellationToken)
    {
        var length = source.Length;
        await using var hashed = new HashingStream(source);
        await archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = hashed, ModificationTime = time.GetUtcNow() }, cancellationToken);
        return new BundleFile(path, length, hashed.Hash());
    }

    private static string Describe(BundleSelection selection) =>
        $"{string.Join(", ", selection.Parts)}{(selection.Pipelines.Count is 0 ? "" : $" of {string.Join(", ", selection.Pipelines)}")}";

    /// <summary>Hashes what is read from a stream, from its beginning to its end.</summary>
    private sealed class HashingStream(Stream inner) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => true;

        // The archive asks for the length, and only of streams that can seek; it reads them once, from where they are.
        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set
            {
                if (value != inner.Position) throw new NotSupportedException("What is hashed is read once.");
            }
        }

        public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _hash.AppendData(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            _hash.AppendData(buffer, offset, read);
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
