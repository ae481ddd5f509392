using SQLitePCL;

namespace MlOps.Benchmarks.Engine;

/// <summary>What must not grow: the cost of an event with the history, memory with waiting instances, a start with finished ones.</summary>
internal static class HistoryWorkload
{
    private const int Events = 10_000;
    private const int Sample = 200;
    private const int Waiting = 10_000;
    private const int Finished = 1_000_000;

    public static async Task<Dictionary<string, object>> MeasureAsync(string folder)
    {
        var figures = new Dictionary<string, object>();
        await MeasureEventsAsync(Directory.CreateDirectory(Path.Combine(folder, "events")).FullName, figures);
        await MeasureMemoryAsync(Directory.CreateDirectory(Path.Combine(folder, "memory")).FullName, figures);
        await MeasureStartAsync(Directory.CreateDirectory(Path.Combine(folder, "start")).FullName, figures);
        return figures;
    }

    private static async Task MeasureEventsAsync(string folder, Dictionary<string, object> figures)
    {
        await using var hub = await BenchmarkHub.StartAsync(folder);
        async Task<double> SendAsync(string id)
        {
            var start = TimeProvider.System.GetTimestamp();
            await hub.Client.RaiseEventAsync(id, "go", 1);
            return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        }
        var warmUp = await hub.Client.ScheduleNewOrchestrationInstanceAsync("events", Events);
        for (var i = 0; i < 2 * Sample; i++)
            await SendAsync(warmUp);

        var instance = await hub.Client.ScheduleNewOrchestrationInstanceAsync("events", Events);
        var times = new double[Events];
        for (var i = 0; i < Events; i++)
            times[i] = await SendAsync(instance);
        var (first, last) = (new Percentiles(times.Take(Sample))[50], new Percentiles(times.TakeLast(Sample))[50]);
        figures["firstEventsP50Ms"] = first;
        figures["lastEventsP50Ms"] = last;
        figures["lastToFirst"] = Math.Round(last / first, 2);
    }

    private static async Task MeasureMemoryAsync(string folder, Dictionary<string, object> figures)
    {
        await using var hub = await BenchmarkHub.StartAsync(folder);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Task.WhenAll(Enumerable.Range(0, Waiting).Select(async _ =>
            await hub.Client.WaitForInstanceStartAsync(await hub.Client.ScheduleNewOrchestrationInstanceAsync("event", 0))));
        var after = GC.GetTotalMemory(forceFullCollection: true);
        figures["memoryOf10000WaitingMiB"] = Math.Round((after - before) / 1024.0 / 1024.0, 1);
    }

    private static async Task MeasureStartAsync(string folder, Dictionary<string, object> figures)
    {
        await using (var hub = await BenchmarkHub.StartAsync(folder))
            await hub.RunAsync("sequence", 5, instances: 1, inFlight: 1);
        Multiply(Path.Combine(folder, "hub.db"));
        var seconds = await Measured.SecondsAsync(async () =>
        {
            await using var hub = await BenchmarkHub.StartAsync(folder);
            await hub.RunAsync("sequence", 5, instances: 1, inFlight: 1);
        });
        figures["startAndFirstRunWith1000000FinishedSeconds"] = Math.Round(seconds, 2);
    }

    /// <summary>Makes a million finished instances of one, with their histories.</summary>
    private static void Multiply(string path)
    {
        Batteries_V2.Init();
        raw.sqlite3_open(path, out var database);
        var result = raw.sqlite3_exec(database, $"""
            BEGIN;
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {Finished})
            INSERT INTO instances (key, id, name, version, status, created, updated, output)
            SELECT i, printf('copy-%d', i), name, version, status, created + i, updated + i, output FROM n, instances WHERE key = 1;
            INSERT INTO history (position, events)
            SELECT (i.key << 28) | (h.position & 268435455), h.events FROM instances i, history h WHERE i.key > 1 AND h.position >> 28 = 1;
            COMMIT;
            """);
        if (result != raw.SQLITE_OK)
            throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
        database.Dispose();
    }
}
