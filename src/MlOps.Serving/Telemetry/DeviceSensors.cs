using System.Globalization;
using MlOps.Core.Endpoints;

namespace MlOps.Serving.Telemetry;

/// <summary>Reads what Linux tells of the device in <c>/proc</c> and <c>/sys</c>; elsewhere what .NET knows.</summary>
/// <remarks>proc(5); Documentation/driver-api/thermal and Documentation/hwmon of the kernel: temperatures are in thousandths of a degree.</remarks>
internal static class DeviceSensors
{
    private static readonly Lock s_gate = new();
    private static (long Busy, long Total)? s_last;
    private static double? s_share;

    public static DeviceTelemetry Read(string root = "/")
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new(
            Environment.MachineName, Environment.ProcessorCount, CpuShare(root), process.WorkingSet64, AvailableMemory(root),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Temperatures(root));
    }

    private static double? CpuShare(string root)
    {
        // cpu  user nice system idle iowait irq softirq steal …
        var line = Lines(Path.Combine(root, "proc/stat")).FirstOrDefault(l => l.StartsWith("cpu ", StringComparison.Ordinal));
        if (line is null) return null;
        var times = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(t => long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? v : 0).ToArray();
        if (times.Length < 5) return null;
        var total = times.Sum();
        var now = (Busy: total - times[3] - times[4], Total: total);
        lock (s_gate)
        {
            // Two looks within one tick of the kernel's clock tell nothing new.
            if (s_last is { } last && now.Total > last.Total) s_share = (double)(now.Busy - last.Busy) / (now.Total - last.Total);
            s_last = now;
            return s_share;
        }
    }

    private static long? AvailableMemory(string root)
    {
        var line = Lines(Path.Combine(root, "proc/meminfo")).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(13).Trim()[..^2].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes * 1024 : null;
    }

    private static SortedDictionary<string, double> Temperatures(string root)
    {
        var found = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var zone in Folders(Path.Combine(root, "sys/class/thermal"), "thermal_zone*")) Add(Path.Combine(zone, "temp"), Path.Combine(zone, "type"), Path.GetFileName(zone));
        if (found.Count > 0) return found;
        foreach (var chip in Folders(Path.Combine(root, "sys/class/hwmon"), "hwmon*"))
        {
            foreach (var input in Files(chip, "temp*_input"))
                Add(input, Path.Combine(chip, "name"), $"{Path.GetFileName(chip)}/{Path.GetFileName(input)[..^"_input".Length]}");
        }

        return found;

        void Add(string value, string name, string place)
        {
            if (long.TryParse(Lines(value).FirstOrDefault(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var thousandths))
                found[$"{place} {Lines(name).FirstOrDefault()}".TrimEnd()] = thousandths / 1000.0;
        }
    }

    private static IEnumerable<string> Folders(string path, string pattern) => Directory.Exists(path) ? Directory.EnumerateDirectories(path, pattern).Order(StringComparer.Ordinal) : [];

    private static IEnumerable<string> Files(string path, string pattern) => Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal);

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A sensor that is not there, or sleeps.
            return [];
        }
    }
}
