using MlOps.Pipelines.Native;

namespace MlOps.Pipelines.Triggers;

/// <summary>A file in an incoming folder, or a folder in it, which is taken as one with all that it holds.</summary>
/// <param name="Name">Its blob name; of a folder, the prefix with its slash.</param>
/// <param name="LastChanged">When its length or time of writing, or that of a file in it, was last seen to change.</param>
/// <param name="State">Whether it can be taken.</param>
/// <param name="Culprit">The file in a folder because of which it cannot be taken.</param>
internal sealed record IncomingFile(string Name, DateTimeOffset LastChanged, FileState State, string? Culprit = null);

/// <summary>The incoming folders: on this machine people write into them as they like, in blob storage a file appears whole.</summary>
internal interface IIncomingFiles
{
    /// <summary>Whether a pipeline's default folder, or any folder outside of those, may hold a file: a cheap first look.</summary>
    bool MayHaveFiles(string pipeline);

    /// <summary>The files and folders directly in a folder, in ordinal order of their names; a folder without files is none.</summary>
    /// <param name="prefix">Blob prefix ending in a slash.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    Task<IReadOnlyList<IncomingFile>> ListAsync(string prefix, CancellationToken cancellationToken);
}
