using MlOps.Benchmarks;
using MlOps.Benchmarks.Data;
using MlOps.Benchmarks.Engine;

// usage: MlOps.Benchmarks <group> [<workload> …] [--json]
var names = args.Where(arg => arg != "--json").ToArray();
var report = new Report(Console.Out, asJson: args.Contains("--json"));
switch (names)
{
    case ["engine", .. var workloads]:
        return await EngineWorkloads.RunAsync(workloads, report);
    case ["data"]:
        return DataWorkload.Run(report);
    case [CrashWorkload.HostCommand, var folder, var mode]:
        return await CrashWorkload.RunHostAsync(folder, mode);
    default:
        Console.Error.WriteLine($"'{string.Join(' ', names)}' is no workload. Groups: data, engine. Usage: mlops bench GROUP [WORKLOAD …] [--json]");
        return 2;
}
