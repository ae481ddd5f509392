namespace MlOps.Data.Ingest;

/// <summary>A file that is known to be complete, readable and of a known format.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Its content, expanded: the file itself, or a copy in the work folder.</param>
/// <param name="Format">The format found in its content.</param>
/// <param name="Sha256">SHA-256 of its bytes as they arrived.</param>
/// <param name="Bytes">Its length as it arrived.</param>
internal sealed record InspectedFile(string Name, string Path, FileFormat Format, string Sha256, long Bytes)
{
    /// <summary>The format as manifests spell it.</summary>
    public string FormatName => Format switch
    {
        FileFormat.JsonLines => "jsonLines",
        _ => Format.ToString().ToLowerInvariant(),
    };
}
