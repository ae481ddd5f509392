using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MlOps.Pipelines.Native;

/// <summary>Whether a file in an incoming folder can be taken.</summary>
internal enum FileState
{
    /// <summary>A regular file that nobody writes to.</summary>
    Complete,

    /// <summary>Somebody has it open for writing, or it has just gone.</summary>
    InUse,

    /// <summary>A link, a pipe, a socket, a device, or a file that this process may not read.</summary>
    Unusable,
}

/// <summary>Asks the kernel whether somebody writes to a file.</summary>
internal static partial class FileLease
{
    private const int SetLeaseCommand = 1024;
    private const int ReadLease = 0;
    private const int NoLease = 2;
    private const int NoSuchFile = 2;
    private const int TryAgain = 11;
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    /// <summary>
    /// Whether a file can be taken. Linux grants a read lease (fcntl(2), F_SETLEASE) only while nobody has the file open for
    /// writing. Where that cannot be asked (another system, somebody else's file, a file system without leases), a readable
    /// regular file counts as complete.
    /// </summary>
    public static FileState Look(string path)
    {
        // A link may lead anywhere on the machine: what it points to was not dropped.
        if (new FileInfo(path).LinkTarget is not null) return FileState.Unusable;
        if (!OperatingSystem.IsLinux()) return FileState.Complete;

        // Not blocking: a pipe without a writer would never open.
        using var file = Open(path, ReadOnly | NonBlocking | CloseOnExec, 0);
        if (file.IsInvalid) return Marshal.GetLastPInvokeError() is NoSuchFile ? FileState.InUse : FileState.Unusable;
        if (!IsRegular(file)) return FileState.Unusable;
        if (SetLease(file, SetLeaseCommand, ReadLease) is not 0) return Marshal.GetLastPInvokeError() is TryAgain ? FileState.InUse : FileState.Complete;
        _ = SetLease(file, SetLeaseCommand, NoLease);
        return FileState.Complete;
    }

    private static bool IsRegular(SafeFileHandle file)
    {
        try
        {
            _ = RandomAccess.GetLength(file);
            return true;
        }
        catch (NotSupportedException)
        {
            // Pipes, sockets and terminals cannot be sought in.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int SetLease(SafeFileHandle file, int command, int argument);
}
