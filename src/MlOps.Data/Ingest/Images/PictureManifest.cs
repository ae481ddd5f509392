using MlOps.Core.Datasets;

namespace MlOps.Data.Ingest.Images;

/// <summary>A table of a drop that says more of its pictures: a row each, found by the picture's path.</summary>
internal static class PictureManifest
{
    private static readonly string[] s_nameColumns = ["path", "file_name"];
    private static readonly string[] s_tableExtensions = [".CSV", ".TSV", ".JSON", ".JSONL", ".NDJSON", ".PARQUET", ".GZ", ".ZST"];

    /// <summary>The column that names the picture; <see langword="null"/>: the table is no manifest.</summary>
    public static string? NameColumnOf(IReadOnlyCollection<string> columns) => Array.Find(s_nameColumns, columns.Contains);

    /// <summary>Whether one of the files that cannot be used may be a manifest.</summary>
    public static bool MayBeAmong(DatasetFileException error) => TableOf(error) is not null;

    /// <summary>The error with the pictures of the drop: without its manifest a picture would get no label, or a wrong one.</summary>
    public static DatasetFileException WithPictures(DatasetFileException error, IReadOnlyList<SourceFile> files)
    {
        var table = TableOf(error)!;
        HashSet<string> told = [error.File, .. error.Others.Select(o => o.File)];
        var pictures = files.Where(f => !told.Contains(f.Name) && IsPicture(f.Path))
            .Select(f => new DatasetFileException(f.Name, $"'{table}' of its drop cannot be used, and may hold the picture's label.", "Correct the table and drop all again, or drop the pictures without it."))
            .ToList();
        return pictures.Count is 0 ? error : error.With([.. error.Others, .. pictures]);
    }

    private static string? TableOf(DatasetFileException error) =>
        error.Others.Prepend(error).Select(e => e.File).FirstOrDefault(f => Array.Exists(s_tableExtensions, e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)));

    private static bool IsPicture(string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[16];
            using var stream = File.OpenRead(path);
            return ImageFormat.KindOf(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
