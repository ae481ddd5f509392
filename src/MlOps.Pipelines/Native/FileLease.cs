using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MlOps.Pipelines.Native;

/// <summary>Asks the kernel whether somebody writes to a file.</summary>
internal static partial class FileLease
{
    private const int SetLeaseCommand = 1024;
    private const int ReadLease = 0;
    private const int NoLease = 2;
    private const int TryAgain = 11;

    /// <summary>
    /// Whether anybody has the file open for writing. Linux grants a read lease (fcntl(2), F_SETLEASE) only when nobody has.
    /// False where that cannot be asked: another system, somebody else's file, a file system without leases.
    /// </summary>
    public static bool IsOpenForWriting(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (SetLease(file, SetLeaseCommand, ReadLease) is not 0) return Marshal.GetLastPInvokeError() is TryAgain;
            _ = SetLease(file, SetLeaseCommand, NoLease);
            return false;
        }
        catch (FileNotFoundException)
        {
            // Taken away between the listing and the look.
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int SetLease(SafeFileHandle file, int command, int argument);
}
