using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MlOps.Storage.Local;

/// <summary>A file that becomes a blob when it is renamed, and nothing when it is not.</summary>
internal sealed class StagedFile : IDisposable
{
    /// <summary>An unfinished write that nobody holds open and that is older than this was left by a process that died.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    /// <param name="folder">The folder of unfinished files.</param>
    public StagedFile(string folder)
    {
        Path = System.IO.Path.Combine(folder, RandomNumberGenerator.GetHexString(32, lowercase: true));
        Handle = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
    }

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    /// <summary>Gives up the exclusive hold on the file: under its final name it must be open to readers at once.</summary>
    public void Close() => Handle.Dispose();

    public void Dispose()
    {
        Close();
        // Renamed away when the write came through; then there is nothing to delete.
        File.Delete(Path);
    }

    /// <summary>Removes what writers left behind that died.</summary>
    public static void RemoveAbandoned(string folder, DateTimeOffset now)
    {
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (now.UtcDateTime - file.LastWriteTimeUtc < s_abandoned) continue;
            try
            {
                // The lock of a writer that lives keeps its file.
                using (file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.None)) file.Delete();
            }
            catch (IOException)
            {
                // Somebody writes it, or somebody else removed it: neither is ours to mend.
            }
        }
    }
}
