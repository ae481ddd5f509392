using MlOps.Data.Ingest.Images;

namespace MlOps.Data.Ingest;

/// <summary>Makes the content of a drop into relations.</summary>
internal sealed class DropLander(LandingZone zone)
{
    private readonly FileLander _files = new(zone);

    /// <summary>Lands all that a drop holds, in the order in which rows follow one another.</summary>
    /// <exception cref="DatasetFileException">A file cannot be used.</exception>
    public IReadOnlyList<LandedFile> Land(DropContent drop, CancellationToken cancellationToken)
    {
        if (drop.PictureSet is null) return FileFaults.Collect(drop.Tables, f => _files.Land(f, cancellationToken));
        var manifest = drop.Tables.FirstOrDefault(f => PictureManifest.NameColumnOf(_files.ColumnsOf(f, cancellationToken)) is not null);
        var pictures = new PictureLander(zone);
        return FileFaults.Collect(
            [.. drop.Listed.Intersect([.. drop.Tables.Where(f => f != manifest), drop.PictureSet])],
            f => f == drop.PictureSet ? pictures.Land(drop, manifest, cancellationToken) : _files.Land(f, cancellationToken));
    }
}
