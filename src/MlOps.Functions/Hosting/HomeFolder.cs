using IO = System.IO;

namespace MlOps.Functions.Hosting;

/// <summary>The state of one installation: <c>$MLOPS_HOME</c>, by default <c>.mlops</c> in the repository. Blobs lie in it by name; the host's own files below <c>system/</c>.</summary>
public sealed class HomeFolder(string path)
{
    /// <summary>Absolute path.</summary>
    public string Path { get; } = IO.Path.GetFullPath(path);

    /// <summary>The host's own files: databases, the lock, unfinished work.</summary>
    public string System => In("");

    /// <summary>The embedded task hub.</summary>
    public string TaskHub => In("taskhub.db");

    /// <summary>The tables.</summary>
    public string Tables => In("tables.db");

    /// <summary>Unfinished work.</summary>
    public string Work => In("work");

    /// <summary>The key that signs approval links; readable by its owner alone.</summary>
    public string LinkKey => In("approval-links.key");

    /// <summary>Who this installation is to storage in Azure.</summary>
    public string StorageLease => In("storage-lease");

    /// <summary>Held by the process that owns this home.</summary>
    public string Lock => In("host.lock");

    /// <summary>Where that process answers.</summary>
    public string Address => In("host.json");

    private string In(string name) => IO.Path.Combine(Path, "system", name);
}
