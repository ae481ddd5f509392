using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Migration;

/// <summary>A bundle that was unpacked and checked: every file is there, with the bytes that its list names, and no other.</summary>
public sealed class BundleReader
{
    private readonly Dictionary<string, string> _files;

    private BundleReader(Bundle bundle, Dictionary<string, string> files) => (Bundle, _files) = (bundle, files);

    /// <summary>What it holds.</summary>
    public Bundle Bundle { get; }

    /// <summary>Where a file of it lies.</summary>
    public string PathOf(string path) => _files[path];

    /// <summary>Unpacks an archive into a folder, and checks it.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BundleException">It is no bundle, or not the one that was made.</exception>
    public static async Task<BundleReader> UnpackAsync(Stream source, string folder, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var hashes = new Dictionary<string, BundleFile>(StringComparer.Ordinal);
        try
        {
            var archive = new TarReader(source, leaveOpen: true);
            await using (archive)
            {
                while (await archive.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
                {
                    if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes) continue;
                    CheckEntry(entry, files);
                    // Under a name of our own: what an archive calls its files is nobody's path.
                    var path = Path.Combine(folder, $"{files.Count:D8}");
                    files[entry.Name] = path;
                    hashes[entry.Name] = await UnpackAsync(entry, path, cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new BundleException($"The bundle cannot be read as a tar archive: {e.Message} It may be cut off; export it again.");
        }
        var bundle = await ReadListAsync(files, cancellationToken);
        Check(bundle, hashes);
        return new BundleReader(bundle, files);
    }

    /// <summary>The documents of one of the bundle's tables.</summary>
    internal async IAsyncEnumerable<BundleDocument> DocumentsAsync(BundleFile file, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(PathOf(file.Path), cancellationToken))
        {
            number++;
            BundleDocument? document;
            try
            {
                document = JsonSerializer.Deserialize<BundleDocument>(line, MlOpsJson.Compact);
            }
            catch (JsonException e)
            {
                throw new BundleException($"{file.Path}, line {number}: no document: {e.Message}");
            }
            yield return document is { Partition: not null, Row: not null, Json: not null } ? document : throw new BundleException($"{file.Path}, line {number}: no document.");
        }
    }

    private static void CheckEntry(TarEntry entry, Dictionary<string, string> files)
    {
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            throw new BundleException($"The bundle holds '{entry.Name}', which is no plain file. Export it again.");
        if (BlobName.FindFault(entry.Name) is { } rule) throw new BundleException($"The bundle holds '{entry.Name}': {rule} Export it again.");
        if (files.ContainsKey(entry.Name)) throw new BundleException($"The bundle holds '{entry.Name}' twice. Export it again.");
    }

    private static async Task<BundleFile> UnpackAsync(TarEntry entry, string path, CancellationToken cancellationToken)
    {
        await using (var target = File.Create(path))
            if (entry.DataStream is { } data) await data.CopyToAsync(target, cancellationToken);
        await using var written = File.OpenRead(path);
        return new BundleFile(entry.Name, written.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancellationToken)));
    }

    private static async Task<Bundle> ReadListAsync(Dictionary<string, string> files, CancellationToken cancellationToken)
    {
        if (!files.TryGetValue(Bundle.FileName, out var path)) throw new BundleException($"The bundle has no {Bundle.FileName}: its export did not come to its end. Export it again.");
        try
        {
            await using var list = File.OpenRead(path);
            var bundle = await JsonSerializer.DeserializeAsync<Bundle>(list, MlOpsJson.Indented, cancellationToken);
            return bundle switch
            {
                { Format: Bundle.CurrentFormat } => bundle,
                { Format: var format } => throw new BundleException($"{Bundle.FileName} has format {format}; this version reads format {Bundle.CurrentFormat}. Use the version that made it."),
                null => throw new BundleException($"{Bundle.FileName} is empty."),
            };
        }
        catch (JsonException e)
        {
            throw new BundleException($"{Bundle.FileName} cannot be read: {e.Message}");
        }
    }

    private static void Check(Bundle bundle, Dictionary<string, BundleFile> hashes)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal) { Bundle.FileName };
        foreach (var part in bundle.Parts)
        {
            foreach (var file in part.Files)
            {
                listed.Add(file.Path);
                if (!hashes.TryGetValue(file.Path, out var found)) throw new BundleException($"The bundle lacks '{file.Path}', which it lists. Export it again.");
                if (found.Sha256 != file.Sha256)
                    throw new BundleException($"'{file.Path}' was changed: its SHA-256 is {found.Sha256}, the bundle lists {file.Sha256}. Nothing was imported; export it again.");
                if (!IsPlace(file.Path)) throw new BundleException($"The bundle lists '{file.Path}', which is no blob and no table of {string.Join(", ", s_tables)}.");
            }
            if (BundlePart.Of(part.Name, part.Files).Sha256 != part.Sha256) throw new BundleException($"The list of '{part.Name}' in {Bundle.FileName} was changed: its hash does not match. Export it again.");
        }
        if (hashes.Keys.FirstOrDefault(p => !listed.Contains(p)) is { } stray) throw new BundleException($"The bundle holds '{stray}', which it does not list. Export it again.");
    }

    private static readonly string[] s_tables = ["models", "datasets", "datasettags", "runs", "runsteps", "approvals", "audit"];

    // A bundle may not reach what it has no part in: incoming files, endpoints, the system's own.
    private static bool IsPlace(string path) =>
        BundleTable.TryOf(path) is { } table ? s_tables.Contains(table.Table, StringComparer.Ordinal)
        : new[] { "blobs/models/", "blobs/datasets/", "blobs/runs/", $"blobs/{BundleContent.ImportedLogs}" }.Any(p => path.StartsWith(p, StringComparison.Ordinal) && BlobName.FindFault(path["blobs/".Length..]) is null);
}
