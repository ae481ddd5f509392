using System.Diagnostics;

namespace MlOps.EndToEnd.Tests;

/// <summary>A test on a file system of its own. Skipped, visibly, where this user may not mount one.</summary>
public sealed class FactWhereFoldersCanBeMountedAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_missing = new(() =>
    {
        try
        {
            using var mount = SmallDisk.Mount(1);
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"needs a user who may mount a tmpfs: {error.Message}";
        }
    });

    public FactWhereFoldersCanBeMountedAttribute() => Skip = s_missing.Value;
}

/// <summary>A file system of a few MiB.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(int mebibytes)
    {
        var path = Directory.CreateTempSubdirectory("mlops-disk-").FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", path);
        return new SmallDisk(path);
    }

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        Directory.Delete(Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode is not 0) throw new InvalidOperationException($"{program}: {error.Trim()}");
    }
}
