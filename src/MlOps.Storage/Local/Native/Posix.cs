using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MlOps.Storage.Local.Native;

/// <summary>The two calls that .NET does not offer: making a folder's entries durable, and a rename that never copies.</summary>
internal static partial class Posix
{
    // The same number on Linux, macOS and the BSDs.
    private const int CrossDevice = 18;

    /// <summary>Writes a folder's entries to the disk: a file renamed into it is there after a power loss.</summary>
    /// <remarks>Windows journals its folders and offers no such call.</remarks>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(path, flags: 0);
        if (descriptor < 0) throw Failure($"Cannot open the folder '{path}'");
        try
        {
            if (FileSync(descriptor) < 0) throw Failure($"Cannot write the folder '{path}' to the disk");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Renames a file, replacing the target, in one step.</summary>
    /// <returns>Whether it was done: false when the two are on different file systems.</returns>
    public static bool TryRename(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!string.Equals(Path.GetPathRoot(from), Path.GetPathRoot(to), StringComparison.OrdinalIgnoreCase)) return false;
            File.Move(from, to, overwrite: true);
            return true;
        }
        if (Rename(from, to) is 0) return true;
        if (Marshal.GetLastPInvokeError() is CrossDevice) return false;
        throw Failure($"Cannot rename '{from}' to '{to}'");
    }

    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {new Win32Exception(error).Message}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
