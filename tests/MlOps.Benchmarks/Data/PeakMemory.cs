using System.Globalization;

namespace MlOps.Benchmarks.Data;

/// <summary>The largest resident memory of this process since a moment: Linux keeps it and can be told to begin anew.</summary>
internal static class PeakMemory
{
    // proc(5): 5 resets the peak resident set size.
    private const string ResetPeak = "5";

    public static void Reset()
    {
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", ResetPeak);
    }

    /// <summary>In bytes; 0 where the system does not say.</summary>
    public static long Read()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
