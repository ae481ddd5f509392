using System.Security.Cryptography;
using System.Text;

namespace MlOps.Data.Ingest;

/// <summary>What is to be read of a drop: nothing twice, and the pictures as one.</summary>
/// <param name="Tables">Files that hold rows, each content once.</param>
/// <param name="Pictures">The pictures; each is a row.</param>
/// <param name="PictureSet">The pictures as one source; <see langword="null"/> without pictures.</param>
/// <param name="Listed">All sources in the order in which their rows follow one another, repeats included, what is known left out.</param>
internal sealed record DropContent(
    IReadOnlyList<InspectedFile> Tables, IReadOnlyList<InspectedFile> Pictures, InspectedFile? PictureSet, IReadOnlyList<InspectedFile> Listed)
{
    /// <summary>Names of files that have the same bytes as another one.</summary>
    public required IReadOnlyList<string> Repeats { get; init; }

    /// <summary>Names of what is in the data already.</summary>
    public required IReadOnlyList<string> Known { get; init; }

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsKnown => Tables.Count is 0 && PictureSet is null;

    /// <summary>Parts the files of a drop.</summary>
    /// <param name="files">The files, in the order of their names.</param>
    /// <param name="isKnown">Whether bytes are in the data already, by their hash.</param>
    public static DropContent Of(IReadOnlyList<InspectedFile> files, Predicate<string> isKnown)
    {
        var pictures = files.Where(f => f.Format is FileFormat.Image).ToList();
        var set = pictures.Count > 0 ? SetOf(pictures) : null;
        List<InspectedFile> sources = [.. files.Where(f => f.Format is not FileFormat.Image), .. set is null ? (IEnumerable<InspectedFile>)[] : [set]];
        var listed = sources.Where(f => !isKnown(f.Sha256)).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        // The same bytes under two names are one delivery, made twice.
        var distinct = listed.DistinctBy(f => f.Sha256, StringComparer.Ordinal).ToList();
        var newSet = set is not null && distinct.Contains(set) ? set : null;
        return new([.. distinct.Where(f => f != newSet)], newSet is null ? [] : pictures, newSet, listed)
        {
            Repeats = [.. listed.Except(distinct).Select(f => f.Name)],
            Known = [.. sources.Except(listed).Select(f => f.Name)],
        };
    }

    // Two folders with the same pictures under the same names are the same source.
    private static InspectedFile SetOf(List<InspectedFile> pictures)
    {
        var folder = pictures[0].Name.Split('/') is [var top, _, ..] && pictures.TrueForAll(p => p.Name.StartsWith(top + "/", StringComparison.Ordinal)) ? top + "/" : "";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var picture in pictures) hash.AppendData(Encoding.UTF8.GetBytes($"{picture.Sha256} {picture.Name[folder.Length..]}\n"));
        return new(folder.Length > 0 ? folder : "pictures", "", FileFormat.Image, Convert.ToHexStringLower(hash.GetHashAndReset()), pictures.Sum(p => p.Bytes));
    }
}
