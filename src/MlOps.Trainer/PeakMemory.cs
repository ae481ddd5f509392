using System.Diagnostics;

namespace MlOps.Trainer;

/// <summary>Largest resident memory of this process so far.</summary>
internal static class PeakMemory
{
    /// <summary>Bytes; 0 where the platform does not say.</summary>
    public static long OfThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
