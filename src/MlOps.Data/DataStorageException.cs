namespace MlOps.Data;

/// <summary>There is no room to write. Nothing half-written was left; the same work can be done again once there is room.</summary>
/// <param name="folder">Where there was no room.</param>
/// <param name="inner">What the system said.</param>
public sealed class DataStorageException(string folder, Exception inner)
    : Exception($"{folder}: the disk is full ({inner.Message.Split('\n')[0]}). Free some space, then run this step again.", inner)
{
    /// <summary>Where there was no room.</summary>
    public string Folder { get; } = folder;
}
