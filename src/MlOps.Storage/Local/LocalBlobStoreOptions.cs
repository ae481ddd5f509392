namespace MlOps.Storage.Local;

/// <summary>How a folder serves as a blob store.</summary>
public sealed record LocalBlobStoreOptions
{
    /// <summary>Name prefixes, each ending in a slash, that are no blobs: others keep their files there. Default: none.</summary>
    public IReadOnlyList<string> ReservedPrefixes { get; init; } = [];
}
