using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Models;

/// <summary>
/// A version's package whose files are what was registered and approved: each is held against the hash that <c>SHA256SUMS</c> lists, and
/// that list against the one that manifest, registry and approval name.
/// </summary>
public sealed class VerifiedPackage
{
    private readonly IBlobStore _blobs;
    private readonly string _path;
    private readonly PackageSums _sums;

    private VerifiedPackage(IBlobStore blobs, string path, PackageSums sums) => (_blobs, _path, _sums) = (blobs, path, sums);

    /// <summary>Names of its files, in ordinal order.</summary>
    public IReadOnlyCollection<string> Files => _sums.Files;

    /// <summary>Lists the hashes of the files that are released together, once they are all there; the list is written last.</summary>
    /// <param name="blobs">Storage.</param>
    /// <param name="path">Blob prefix of the files.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="BlobNotFoundException">A file is missing.</exception>
    public static async Task<PackageSums> SealAsync(IBlobStore blobs, string path, CancellationToken cancellationToken)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in ModelPackage.Released)
        {
            await using var stream = await blobs.OpenReadAsync(path + file, cancellationToken);
            read.Add(file, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
        }

        var sums = new PackageSums(read);
        await blobs.TryWriteAsync(path + ModelPackage.Sums, Encoding.UTF8.GetBytes(sums.ToString()), WriteCondition.None, cancellationToken);
        return sums;
    }

    /// <summary>Opens the package of the version that a manifest names.</summary>
    /// <exception cref="PackageException">The list of its hashes is missing or another one.</exception>
    public static async Task<VerifiedPackage> OpenAsync(IBlobStore blobs, EndpointVariant variant, CancellationToken cancellationToken)
    {
        var path = ModelPackage.PathOf(variant.Model, variant.Version);
        if (variant.Package is null)
            throw new PackageException($"The manifest names no hash of the package {path}: it was released before packages were hashed as a whole. Start a run of its pipeline, and release what comes of it.");
        var package = await OpenAsync(blobs, path, variant.Package, cancellationToken);
        if (package._sums.Of(ModelPackage.Model) is var listed && listed != variant.Sha256)
            throw new PackageException($"The manifest names SHA-256 {variant.Sha256} for {path}{ModelPackage.Model}, its package lists {listed ?? "none"}. {PackageException.Remedy}");
        return package;
    }

    /// <summary>Opens the package of a registered version.</summary>
    /// <exception cref="PackageException">The list of its hashes is missing or another one, or the version was registered without one.</exception>
    public static Task<VerifiedPackage> OpenAsync(IBlobStore blobs, ModelVersionRecord model, CancellationToken cancellationToken) => model.Package is { } sha256
        ? OpenAsync(blobs, model.Path, sha256, cancellationToken)
        : throw new PackageException($"The registry names no hash of the package {model.Path}: it was registered before packages were hashed as a whole. Start a run of its pipeline, and release what comes of it.");

    /// <summary>Opens a package.</summary>
    /// <param name="blobs">Storage.</param>
    /// <param name="path">Blob prefix of its files.</param>
    /// <param name="sha256">SHA-256 of its list.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="PackageException">The list is missing or another one.</exception>
    public static async Task<VerifiedPackage> OpenAsync(IBlobStore blobs, string path, string sha256, CancellationToken cancellationToken)
    {
        var name = path + ModelPackage.Sums;
        var content = await blobs.TryReadAsync(name, cancellationToken) is { Content: var found } ? found : throw PackageException.Missing(name);
        ThrowIfOther(name, sha256, Convert.ToHexStringLower(SHA256.HashData(content.Span)));
        return new(blobs, path, PackageSums.Parse(Encoding.UTF8.GetString(content.Span)));
    }

    /// <summary>Reads a file of the package as a document.</summary>
    /// <exception cref="PackageException">It is missing, or not what was registered.</exception>
    /// <exception cref="StoredDocumentException">It is no such document.</exception>
    public async Task<T> ReadJsonAsync<T>(string file, CancellationToken cancellationToken) where T : class
    {
        var (name, listed) = Listed(file);
        // The bytes that are hashed are those that are read.
        var content = await _blobs.TryReadAsync(name, cancellationToken) is { Content: var found } ? found : throw PackageException.Missing(name);
        ThrowIfOther(name, listed, Convert.ToHexStringLower(SHA256.HashData(content.Span)));
        try
        {
            return JsonSerializer.Deserialize<T>(content.Span, MlOpsJson.Indented) ?? throw new StoredDocumentException(name, typeof(T), null);
        }
        catch (JsonException error)
        {
            throw new StoredDocumentException(name, typeof(T), error);
        }
    }

    /// <summary>A file of the package for programs that need a path; dispose it when done.</summary>
    /// <exception cref="PackageException">It is missing, or not what was registered.</exception>
    public async Task<LocalFile> AsLocalFileAsync(string file, CancellationToken cancellationToken)
    {
        var (name, listed) = Listed(file);
        LocalFile local;
        try
        {
            local = await _blobs.AsLocalFileAsync(name, cancellationToken);
        }
        catch (BlobNotFoundException)
        {
            throw PackageException.Missing(name);
        }

        try
        {
            await using var stream = File.OpenRead(local.Path);
            ThrowIfOther(name, listed, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
            return local;
        }
        catch
        {
            local.Dispose();
            throw;
        }
    }

    /// <summary>Checks every file.</summary>
    /// <exception cref="PackageException">One is missing, or not what was registered.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var file in Files) (await AsLocalFileAsync(file, cancellationToken)).Dispose();
    }

    private (string Name, string Sha256) Listed(string file) => _sums.Of(file) is { } listed
        ? (_path + file, listed)
        : throw new PackageException($"{_path}{ModelPackage.Sums} lists no {file}. {PackageException.Remedy}");

    private static void ThrowIfOther(string name, string expected, string actual)
    {
        if (actual != expected)
            throw new PackageException($"{name} is not what was registered: its SHA-256 is {actual}, expected {expected}. {PackageException.Remedy}");
    }
}

/// <summary>A file of a model version's package is missing, truncated or another one than was registered.</summary>
public sealed class PackageException(string message) : Exception(message)
{
    internal const string Remedy = "Restore it, roll the endpoint back, or release another version.";

    internal static PackageException Missing(string name) => new($"{name} is missing. {Remedy}");
}
