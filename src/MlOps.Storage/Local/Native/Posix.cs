using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MlOps.Storage.Local.Native;

/// <summary>The calls that .NET does not offer: making a folder's entries durable, a rename that never copies, and one that never replaces.</summary>
internal static partial class Posix
{
    // The same number on Linux, macOS and the BSDs.
    private const int CrossDevice = 18;
    private const int Exists = 17;

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

    /// <summary>Gives a file another name in one step, unless that name is taken; .NET's own move looks first and renames then.</summary>
    /// <returns>Whether it was done: false when the name is taken. The old name is gone either way.</returns>
    public static bool TryMoveToFreeName(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(from, to, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(to))
            {
                File.Delete(from);
                return false;
            }
        }

        var linked = Link(from, to) is 0;
        var failure = linked || Marshal.GetLastPInvokeError() is Exists ? null : Failure($"Cannot name '{from}' '{to}'");
        File.Delete(from);
        return failure is null ? linked : throw failure;
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

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
