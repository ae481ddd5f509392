namespace MlOps.Data.Ingest;

/// <summary>Columns that the path of a file names, as Hive and Spark partition folders: <c>year=2001/month=03/part-0.parquet</c>.</summary>
internal static class PathColumns
{
    private const string Missing = "__HIVE_DEFAULT_PARTITION__";

    /// <summary>The columns with their values; <see langword="null"/> is a missing one.</summary>
    /// <param name="name">The file's name, with its folders.</param>
    public static IReadOnlyDictionary<string, string?> Of(string name)
    {
        var columns = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var segment in name.Split('/')[..^1])
        {
            var equals = segment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) continue;
            var value = segment[(equals + 1)..];
            // Writers escape what a path cannot hold as URLs do.
            columns[Uri.UnescapeDataString(segment[..equals])] = value is Missing ? null : Uri.UnescapeDataString(value);
        }
        return columns;
    }
}
