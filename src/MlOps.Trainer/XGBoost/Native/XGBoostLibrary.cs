using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Trainer.XGBoost.Native;

/// <summary>
/// The C API of XGBoost, 1.7 or later (include/xgboost/c_api.h). Every call but the last two answers 0, or -1 with the reason in
/// <see cref="GetLastError"/>. Pointers handed out belong to the library and hold until the next call with the same handle.
/// </summary>
internal static unsafe partial class XGBoostLibrary
{
    private const string Name = "xgboost";

    /// <summary>Loads the library from where this machine has it; called before the first use.</summary>
    [ModuleInitializer]
    internal static void UseResolver() => NativeLibrary.SetDllImportResolver(typeof(XGBoostLibrary).Assembly, Resolve);

    [LibraryImport(Name, EntryPoint = "XGDMatrixCreateFromMat_omp")]
    public static partial int CreateMatrix(float* rowMajor, ulong rows, ulong columns, float missing, out DMatrixHandle matrix, int threads);

    [LibraryImport(Name, EntryPoint = "XGDMatrixFree")]
    public static partial int FreeMatrix(nint matrix);

    [LibraryImport(Name, EntryPoint = "XGDMatrixSetFloatInfo", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetFloatInfo(DMatrixHandle matrix, string field, float* values, ulong length);

    [LibraryImport(Name, EntryPoint = "XGBoosterCreate")]
    public static partial int CreateBooster(nint* matrices, ulong length, out BoosterHandle booster);

    [LibraryImport(Name, EntryPoint = "XGBoosterFree")]
    public static partial int FreeBooster(nint booster);

    [LibraryImport(Name, EntryPoint = "XGBoosterSetParam", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetParameter(BoosterHandle booster, string name, string value);

    [LibraryImport(Name, EntryPoint = "XGBoosterSaveJsonConfig")]
    public static partial int SaveConfiguration(BoosterHandle booster, out ulong length, out byte* json);

    [LibraryImport(Name, EntryPoint = "XGBoosterUpdateOneIter")]
    public static partial int UpdateOneRound(BoosterHandle booster, int round, DMatrixHandle training);

    [LibraryImport(Name, EntryPoint = "XGBoosterPredictFromDMatrix", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Predict(BoosterHandle booster, DMatrixHandle matrix, string jsonConfig, out ulong* shape, out ulong dimensions, out float* result);

    [LibraryImport(Name, EntryPoint = "XGBoosterSaveModelToBuffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SaveModel(BoosterHandle booster, string jsonConfig, out ulong length, out byte* buffer);

    [LibraryImport(Name, EntryPoint = "XGBRegisterLogCallback")]
    public static partial int RegisterLogCallback(delegate* unmanaged[Cdecl]<byte*, void> callback);

    [LibraryImport(Name, EntryPoint = "XGBGetLastError")]
    private static partial byte* GetLastErrorPointer();

    [LibraryImport(Name, EntryPoint = "XGBoostVersion")]
    public static partial void GetVersion(out int major, out int minor, out int patch);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);

    public static string GetLastError() => Marshal.PtrToStringUTF8((nint)GetLastErrorPointer()) ?? "";

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (libraryName != Name) return 0;
        // OpenMP's threads spin while they wait; beside another trial on the same processors that made training five times slower.
        // Its runtime reads the variable while XGBoost is loaded, from the C library's environment, which .NET's does not reach.
        if (!OperatingSystem.IsWindows()) SetEnvironmentVariable("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        var configured = Environment.GetEnvironmentVariable("XGBOOST_LIBRARY");
        if (!string.IsNullOrEmpty(configured))
        {
            return NativeLibrary.TryLoad(configured, out var library) ? library : throw new XGBoostMissingException(
                $"XGBOOST_LIBRARY names '{configured}', which cannot be loaded as a library for this machine. Correct the path or unset it.");
        }
        foreach (var candidate in (string[])["libxgboost.so.0", "libxgboost.so", "libxgboost.dylib", "xgboost.dll"])
        {
            if (NativeLibrary.TryLoad(candidate, assembly, searchPath, out var library)) return library;
        }
        throw new XGBoostMissingException(
            "XGBoost's library (libxgboost, 1.7 or later) is not on this machine. Install it with 'apt-get install libxgboost0' " +
            "(Debian, Ubuntu) or 'brew install xgboost' (macOS), or take it from 'pip download xgboost' and name the file in XGBOOST_LIBRARY.");
    }
}
