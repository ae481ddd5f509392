using MlOps.Pipelines.Native;

namespace MlOps.Pipelines.Triggers;

/// <summary>A file in an incoming folder.</summary>
/// <param name="Name">Its blob name.</param>
/// <param name="LastChanged">When its length or time of writing was last seen to change.</param>
/// <param name="State">Whether it can be taken.</param>
internal sealed record IncomingFile(string Name, DateTimeOffset LastChanged, FileState State);

/// <summary>The incoming folders: on this machine people write into them as they like, in blob storage a file appears whole.</summary>
internal interface IIncomingFiles
{
    /// <summary>Whether a pipeline's default folder, or any folder outside of those, may hold a file: a cheap first look.</summary>
    bool MayHaveFiles(string pipeline);

    /// <summary>The files directly in a folder, in ordinal order of their names.</summary>
    /// <param name="prefix">Blob prefix ending in a slash.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    Task<IReadOnlyList<IncomingFile>> ListAsync(string prefix, CancellationToken cancellationToken);
}
