using System.Runtime.InteropServices;
using System.Text.Json;

namespace MlOps.Benchmarks;

/// <summary>Prints what was measured, with the machine it was measured on: one JSON object a workload, or lines to read.</summary>
internal sealed class Report(TextWriter output, bool asJson)
{
    private static readonly string Machine =
        $"{Environment.ProcessorCount} x {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    public void Add(string workload, IReadOnlyDictionary<string, object> figures)
    {
        if (asJson)
        {
            var result = new Dictionary<string, object> { ["workload"] = workload, ["machine"] = Machine };
            foreach (var (name, value) in figures)
                result.Add(name, value);
            output.WriteLine(JsonSerializer.Serialize(result));
            return;
        }
        output.WriteLine(workload);
        foreach (var (name, value) in figures)
            output.WriteLine($"  {name,-32} {value}");
    }
}
