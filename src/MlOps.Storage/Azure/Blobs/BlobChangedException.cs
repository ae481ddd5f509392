namespace MlOps.Storage.Azure.Blobs;

/// <summary>A blob was written anew while it was read: what was read so far is not what is there now.</summary>
public sealed class BlobChangedException(string name) : IOException($"The blob '{name}' was written anew while it was read. Read it again from its beginning.")
{
    /// <summary>The blob.</summary>
    public string BlobName { get; } = name;
}
