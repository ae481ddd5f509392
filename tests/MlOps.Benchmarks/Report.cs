using System.Runtime.InteropServices;
using System.Text.Json;

namespace MlOps.Benchmarks;

/// <summary>
/// What was measured, with the machine it was measured on. As lines to read, or as one JSON object at the end: of one workload its
/// figures, of several a list of them; the lines go to standard error then.
/// </summary>
internal sealed class Report(bool asJson) : IDisposable
{
    private static readonly string s_machine =
        $"{Environment.ProcessorCount} x {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    private readonly List<Dictionary<string, object>> _workloads = [];

    public void Add(string workload, IReadOnlyDictionary<string, object> figures)
    {
        var lines = asJson ? Console.Error : Console.Out;
        lines.WriteLine(workload);
        foreach (var (name, value) in figures) lines.WriteLine($"  {name,-32} {value}");
        _workloads.Add(new Dictionary<string, object>(figures) { ["workload"] = workload, ["machine"] = s_machine });
    }

    public void Dispose()
    {
        if (!asJson || _workloads.Count is 0) return;
        Console.Out.WriteLine(JsonSerializer.Serialize(_workloads is [var only] ? only : new Dictionary<string, object> { ["machine"] = s_machine, ["workloads"] = _workloads }));
    }
}
