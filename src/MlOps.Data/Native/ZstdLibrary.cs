using System.Reflection;
using System.Runtime.InteropServices;

namespace MlOps.Data.Native;

/// <summary>The streaming half of Zstandard's stable C API (zstd.h, 1.4 or later) that expands.</summary>
internal static unsafe partial class ZstdLibrary
{
    private const string Name = "zstd";

    // Loads the library from where this machine has it.
    static ZstdLibrary() => NativeLibrary.SetDllImportResolver(typeof(ZstdLibrary).Assembly, Resolve);

    [LibraryImport(Name, EntryPoint = "ZSTD_createDStream")]
    public static partial ZstdHandle Create();

    [LibraryImport(Name, EntryPoint = "ZSTD_freeDStream")]
    public static partial nuint Free(nint stream);

    [LibraryImport(Name, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint Decompress(ZstdHandle stream, ZstdBuffer* output, ZstdBuffer* input);

    [LibraryImport(Name, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint code);

    [LibraryImport(Name, EntryPoint = "ZSTD_getErrorName")]
    private static partial byte* GetErrorName(nuint code);

    /// <summary>What an answer for which <see cref="IsError"/> is true says.</summary>
    public static string ErrorOf(nuint code) => Marshal.PtrToStringUTF8((nint)GetErrorName(code)) ?? "unknown error";

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        // Zero lets the runtime look for the other libraries by its own rules.
        if (library is not Name) return 0;
        foreach (var name in (ReadOnlySpan<string>)["libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "libzstd.dll"])
            if (NativeLibrary.TryLoad(name, assembly, path, out var handle)) return handle;
        return 0;
    }
}

/// <summary><c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>, which are alike.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdBuffer
{
    public byte* Start;
    public nuint Length;
    public nuint Position;
}

/// <summary>A <c>ZSTD_DStream</c>.</summary>
internal sealed class ZstdHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle is 0;

    protected override bool ReleaseHandle()
    {
        ZstdLibrary.Free(handle);
        return true;
    }
}
