using System.Security.Cryptography;
using System.Text;

namespace MlOps.Storage.Migration;

/// <summary>What a bundle holds, in its <c>bundle.json</c>, the last file of it.</summary>
public sealed record Bundle
{
    /// <summary>The form that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Name of the file that lists the others.</summary>
    public const string FileName = "bundle.json";

    /// <summary>Number of the form.</summary>
    public required int Format { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where its content came from: a home folder, or a container's address.</summary>
    public required string Source { get; init; }

    /// <summary>Its parts: <c>models</c>, <c>datasets</c>, <c>runs</c>, <c>audit</c>.</summary>
    public required IReadOnlyList<BundlePart> Parts { get; init; }
}

/// <summary>A part of a bundle.</summary>
/// <param name="Name"><c>models</c>, <c>datasets</c>, <c>runs</c> or <c>audit</c>.</param>
/// <param name="Sha256">Hash of <paramref name="Files"/>: the same content has the same, wherever and whenever the bundle was made.</param>
/// <param name="Files">Its files, in ordinal order of their paths.</param>
public sealed record BundlePart(string Name, string Sha256, IReadOnlyList<BundleFile> Files)
{
    /// <summary>A part of these files, with their hash.</summary>
    public static BundlePart Of(string name, IEnumerable<BundleFile> files)
    {
        var ordered = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        var text = string.Concat(ordered.Select(f => $"{f.Sha256}  {f.Path}\n"));
        return new(name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), ordered);
    }
}

/// <summary>A file of a bundle.</summary>
/// <param name="Path"><c>blobs/</c> and a blob's name, or <c>tables/</c> and what was asked of a table.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, 64 hexadecimal digits.</param>
public sealed record BundleFile(string Path, long Bytes, string Sha256);

/// <summary>A document of a table in a bundle: one line of JSON. The text is kept as it was stored, since chains of hashes are made of it.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Row">Its key in the partition.</param>
/// <param name="Json">Its text.</param>
public sealed record BundleDocument(string Partition, string Row, string Json);

/// <summary>A bundle cannot be used; nothing of it was written.</summary>
public sealed class BundleException(string problem) : Exception(problem);
