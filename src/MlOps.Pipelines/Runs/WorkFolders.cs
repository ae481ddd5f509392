using Microsoft.Extensions.Options;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Runs;

/// <summary>Folders for unfinished work. What is in them is worthless to anyone but the activity that made them.</summary>
internal sealed class WorkFolders(IOptions<PipelineOptions> options, IBlobStore blobs)
{
    /// <summary>A new, empty folder; disposing it deletes it.</summary>
    public WorkFolder Create()
    {
        var path = Path.Combine(Path.GetFullPath(options.Value.WorkFolder), Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        return new WorkFolder(path, blobs);
    }
}

/// <summary>A folder for unfinished work, into which blobs can be laid as files.</summary>
internal sealed class WorkFolder(string path, IBlobStore blobs) : IDisposable
{
    private readonly List<LocalFile> _files = [];

    public string Path { get; } = path;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Lays a blob into the folder under a name of its own; returns its path.</summary>
    public async Task<string> LayAsync(string blob, string name, CancellationToken cancellationToken)
    {
        var file = await blobs.AsLocalFileAsync(blob, cancellationToken);
        _files.Add(file);
        File.CreateSymbolicLink(this[name], file.Path);
        return this[name];
    }

    /// <summary>Lays a copy of a blob into the folder, which may then be published under another name.</summary>
    public async Task LayCopyAsync(string blob, string name, CancellationToken cancellationToken)
    {
        using var file = await blobs.AsLocalFileAsync(blob, cancellationToken);
        File.Copy(file.Path, this[name]);
    }

    /// <summary>Lays a blob into the folder, where there is one.</summary>
    public async Task<string?> TryLayAsync(string blob, string name, CancellationToken cancellationToken) =>
        await blobs.TryGetInfoAsync(blob, cancellationToken) is null ? null : await LayAsync(blob, name, cancellationToken);

    /// <summary>Copies a blob to another name; the copy appears whole or not at all.</summary>
    public async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        var name = System.IO.Path.GetRandomFileName();
        await LayCopyAsync(from, name, cancellationToken);
        await PublishAsync(name, to, cancellationToken);
    }

    /// <summary>Publishes a file of the folder as a blob.</summary>
    public Task PublishAsync(string name, string blob, CancellationToken cancellationToken) =>
        blobs.UploadAsync(this[name], blob, cancellationToken);

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}
