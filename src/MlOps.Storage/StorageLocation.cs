namespace MlOps.Storage;

/// <summary>Where the blobs are, for people and for programs that go there themselves.</summary>
/// <param name="Root">The home folder, or the container's address; without a slash at the end.</param>
/// <param name="IsLocal">Whether it is a folder of this machine.</param>
public sealed record StorageLocation(string Root, bool IsLocal)
{
    /// <summary>A blob's path, or its address (which alone proves no right to read it).</summary>
    public string PlaceOf(string blob) =>
        IsLocal ? Path.Combine(Root, blob) : $"{Root}/{string.Join('/', blob.Split('/').Select(Uri.EscapeDataString))}";
}
