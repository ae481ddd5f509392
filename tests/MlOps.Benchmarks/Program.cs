using MlOps.Benchmarks;
using MlOps.Benchmarks.Azure;
using MlOps.Benchmarks.Data;
using MlOps.Benchmarks.Engine;
using MlOps.Benchmarks.MainJob;
using MlOps.Benchmarks.Scoring;
using MlOps.Benchmarks.Serving;

// usage: MlOps.Benchmarks <group> [<workload> …] [--json]
var names = args.Where(arg => arg != "--json").ToArray();
using var report = new Report(asJson: args.Contains("--json"));
switch (names)
{
    case ["engine", .. var workloads]:
        return await EngineWorkloads.RunAsync(workloads, report);
    case ["data"]:
        return DataWorkload.Run(report);
    case ["monitors"]:
        return MonitorWorkload.Run(report);
    case ["azure"]:
        return await AzureWorkload.RunAsync(report);
    case ["run"]:
        return await RunWorkload.RunAsync(report);
    case ["scoring"]:
        return await new ScoringWorkload(report, DataWorkload.FindFlights()).RunAsync();
    case ["serve"]:
        return await new ServeWorkload(report, requests: 1_000_000).RunAsync();
    case ["serve", "--requests", var text] when int.TryParse(text, out var requests) && requests >= 1000:
        return await new ServeWorkload(report, requests).RunAsync();
    case [FloorServer.HostCommand, var answer]:
        return await FloorServer.RunHostAsync(answer);
    case [CrashWorkload.HostCommand, var folder, var mode]:
        return await CrashWorkload.RunHostAsync(folder, mode);
    default:
        Console.Error.WriteLine($"'{string.Join(' ', names)}' is no workload. Groups: azure, data, engine, monitors, run, scoring, serve. Usage: mlops bench GROUP [WORKLOAD …] [--json]");
        return 2;
}
