using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Benchmarks;

/// <summary>The command line as a process of its own, on a home of its own.</summary>
internal sealed class CommandLine(string home)
{
    public string Home { get; } = home;

    /// <summary>Runs a command with <c>--json</c> to its end.</summary>
    /// <returns>Its object, wall seconds, and the largest resident memory of its process (not of its children) in bytes.</returns>
    public async Task<(JsonElement Result, double Seconds, long PeakBytes)> RunAsync(params string[] arguments)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var process = Start([.. arguments, "--json"]);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(50)) peak = Math.Max(peak, PeakOf(process.Id));
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        if (process.ExitCode is not 0) throw new InvalidOperationException($"'mlops {string.Join(' ', arguments)}' ended with {process.ExitCode}: {await errors}");
        return (JsonSerializer.Deserialize<JsonElement>(await output), seconds, peak);
    }

    public Process Start(params string[] arguments) => StartWith([], arguments);

    /// <param name="settings">What is added to the environment.</param>
    /// <param name="arguments">The command.</param>
    public Process StartWith(Dictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        start.Environment["MLOPS_HOME"] = Home;
        start.Environment["MLOPS_REPOSITORY"] = Environment.GetEnvironmentVariable("MLOPS_REPOSITORY") ?? Environment.CurrentDirectory;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mlops.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>The largest memory that a process had; 0 where the system does not tell.</summary>
    public static long PeakOf(int processId) => MemoryOf(processId, "VmHWM:");

    /// <summary>The memory that a process has now; 0 where the system does not tell.</summary>
    public static long ResidentOf(int processId) => MemoryOf(processId, "VmRSS:");

    private static long MemoryOf(int processId, string kind)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(l => l.StartsWith(kind, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 9).Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
