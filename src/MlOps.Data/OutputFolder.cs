namespace MlOps.Data;

/// <summary>A folder whose files appear complete or not at all: they are written under other names and renamed at the end.</summary>
internal sealed class OutputFolder : IDisposable
{
    private const string Suffix = ".partial";
    // ENOSPC of POSIX, and what Windows calls ERROR_DISK_FULL as an HRESULT.
    private const int NoSpacePosix = 28;
    private const int NoSpaceWindows = unchecked((int)0x80070070);

    private readonly List<string> _staged = [];

    /// <summary>Makes the folder and a work folder inside.</summary>
    public OutputFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Work = PathOf($".work-{System.IO.Path.GetRandomFileName()}");
        Directory.CreateDirectory(Work);
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>For what is needed only while the work goes on.</summary>
    public string Work { get; }

    /// <summary>Whether an error says that there is no room.</summary>
    public static bool IsDiskFull(IOException e) => e.HResult is NoSpacePosix or NoSpaceWindows;

    /// <summary>The final place of a file.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The place to write a file to.</summary>
    public string Stage(string name)
    {
        _staged.Add(name);
        return PathOf(name + Suffix);
    }

    /// <summary>Gives every written file its final name.</summary>
    public void Publish()
    {
        foreach (var name in _staged) File.Move(PathOf(name + Suffix), PathOf(name), overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var name in _staged) File.Delete(PathOf(name + Suffix));
        Directory.Delete(Work, recursive: true);
    }
}
