using MlOps.Core.Datasets;

namespace MlOps.Data.Ingest;

/// <summary>Length and time of a file, to notice that it changed while it was read.</summary>
internal sealed record FileStamp(long Length, DateTime Written)
{
    /// <summary>The stamp of a file as it is now.</summary>
    public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } info ? new(info.Length, info.LastWriteTimeUtc) : new(-1, default);

    /// <summary>Checks that the file is still the same.</summary>
    /// <exception cref="DatasetFileException">It is not.</exception>
    public void RequireUnchanged(SourceFile file)
    {
        if (Of(file.Path) == this) return;
        throw new DatasetFileException(file.Name, "the file changed while it was read.", "Write it elsewhere, then move it in.");
    }
}
