using System.Text.Json;

namespace MlOps.Benchmarks.Serving;

/// <summary>'mlops up' answering predictions of the flight-delay model; client and server on the same machine, floor and server in the same run.</summary>
internal sealed class ServeWorkload(Report report, int requests)
{
    private const string Endpoint = "flight-delay";
    private const int Connections = 64;
    private const int BatchRows = 1000;
    private const int BatchConnections = 4;
    private const int Rounds = 5;
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_warming = TimeSpan.FromSeconds(3);

    public async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mlops-bench-");
        try
        {
            var commands = new CommandLine(folder.FullName);
            await commands.RunAsync("run", Endpoint, "--auto-approve");
            await WithServerAsync(commands, log: false, MeasureAsync);
            await MeasureLogAsync(commands);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private async Task MeasureAsync(string home, Uri server, int processId)
    {
        var predict = new Uri(server, $"api/endpoints/{Endpoint}/predict");
        await MeasureOneRowAsync("serve/predict", predict, Body(1));
        await MeasureOneRowAsync("serve/open-inference", new Uri(server, $"v2/models/{Endpoint}/infer"), Tensors(1));
        await MeasureBatchAsync(home, predict);
        await MeasureSwapAsync(home, predict);
        await MeasureMemoryAsync(predict, processId);
    }

    private async Task MeasureOneRowAsync(string workload, Uri url, byte[] body)
    {
        using var client = new LoadClient(url, body, Connections);
        using var alone = new LoadClient(url, body, 1);
        var (loaded, bare) = await AgainstFloorAsync(client, body);
        var single = await alone.RunAsync(s_duration / 4);
        report.Add(workload, new Dictionary<string, object>
        {
            ["connections"] = Connections,
            ["requestsPerSecond"] = Math.Round(loaded.PerSecond),
            ["p50Ms"] = loaded.Latency[50],
            ["p99Ms"] = loaded.Latency[99],
            ["floorRequestsPerSecond"] = Math.Round(bare.PerSecond),
            ["ratioToFloor"] = Math.Round(loaded.PerSecond / bare.PerSecond, 3),
            ["aloneP50Ms"] = single.Latency[50],
            ["aloneP99Ms"] = single.Latency[99],
            ["failedRequests"] = loaded.Failed + single.Failed,
        });
    }

    /// <summary>Server and floor in turns, so that both have their share of the machine's moods.</summary>
    private static async Task<(LoadResult Server, LoadResult Floor)> AgainstFloorAsync(LoadClient server, byte[] body)
    {
        await server.RunAsync(s_warming);
        await using var floor = await FloorServer.StartAsync(await server.AskAsync());
        using var floorClient = new LoadClient(floor.Url, body, Connections);
        await floorClient.RunAsync(s_warming);
        return await InTurnsAsync(server, floorClient);
    }

    private static async Task<(LoadResult One, LoadResult Other)> InTurnsAsync(LoadClient one, LoadClient other)
    {
        var (results, others) = (new List<LoadResult>(), new List<LoadResult>());
        for (var round = 0; round < Rounds; round++)
        {
            others.Add(await other.RunAsync(s_round));
            results.Add(await one.RunAsync(s_round));
        }

        return (LoadResult.Of(results), LoadResult.Of(others));
    }

    private async Task MeasureBatchAsync(string home, Uri predict)
    {
        var package = Path.Combine(home, "models", Endpoint, "1");
        var instances = JsonSerializer.Deserialize<JsonElement>(Body(BatchRows)).GetProperty("instances").EnumerateArray().ToList();
        using var client = new LoadClient(predict, Body(BatchRows), BatchConnections);
        await client.RunAsync(s_warming);
        var one = await BareModel.RowsPerSecondAsync(package, instances, 1, s_duration / 2);
        var batch = await client.RunAsync(s_duration);
        var all = await BareModel.RowsPerSecondAsync(package, instances, Environment.ProcessorCount, s_duration / 2);
        var rows = batch.PerSecond * BatchRows;
        report.Add("serve/batch", new Dictionary<string, object>
        {
            ["rowsPerRequest"] = BatchRows,
            ["connections"] = BatchConnections,
            ["rowsPerSecond"] = Math.Round(rows),
            ["p99Ms"] = batch.Latency[99],
            ["onnxRuntimeRowsPerSecond"] = Math.Round(one),
            ["ratioToOnnxRuntime"] = Math.Round(rows / one, 3),
            ["onnxRuntimeRowsPerSecondOnAllProcessors"] = Math.Round(all),
            ["ratioToOnnxRuntimeOnAllProcessors"] = Math.Round(rows / all, 3),
            ["failedRequests"] = batch.Failed,
        });
    }

    private async Task MeasureSwapAsync(string home, Uri predict)
    {
        using var client = new LoadClient(predict, Body(1), Connections);
        await client.RunAsync(s_warming);
        var (load, switches) = await new HotSwap(home, Endpoint).RunAsync(client);
        report.Add("serve/hot-swap", new Dictionary<string, object>
        {
            ["connections"] = Connections,
            ["requests"] = load.Answers.Count,
            ["failedRequests"] = load.Failed,
            ["p99Ms"] = load.Latency[99],
            ["manifestToAllTrafficP50Ms"] = switches[50],
            ["manifestToAllTrafficMaxMs"] = switches[100],
        });
    }

    private async Task MeasureMemoryAsync(Uri predict, int processId)
    {
        using var client = new LoadClient(predict, Body(1), Connections);
        var failed = 0;
        // The first tenth fills what grows once: pools, code, the collector's budgets.
        await client.RunAsync(requests / 10);
        var before = CommandLine.ResidentOf(processId);
        for (var part = 0; part < 10; part++) failed += (await client.RunAsync(requests / 10)).Failed;
        var after = CommandLine.ResidentOf(processId);
        report.Add("serve/memory", new Dictionary<string, object>
        {
            ["requests"] = requests,
            ["failedRequests"] = failed,
            ["beforeMiB"] = before >> 20,
            ["afterMiB"] = after >> 20,
            ["growthMiB"] = (after - before) >> 20,
            ["peakMiB"] = CommandLine.PeakOf(processId) >> 20,
        });
    }

    /// <summary>Two processes that serve the same model, one with the log and one without, in turns, so that both have their share of the machine's moods.</summary>
    private async Task MeasureLogAsync(CommandLine commands)
    {
        var copy = Directory.CreateTempSubdirectory("mlops-bench-");
        try
        {
            foreach (var file in (string[])[.. FilesOf(commands, "endpoints"), .. FilesOf(commands, "models")])
            {
                var target = Path.Combine(copy.FullName, Path.GetRelativePath(commands.Home, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            Directory.CreateDirectory(Path.Combine(copy.FullName, "system"));
            await WithServerAsync(commands, log: true, (_, on, _) => WithServerAsync(new(copy.FullName), log: false, (_, off, _) => MeasureLogAsync(on, off)));
        }
        finally
        {
            copy.Delete(recursive: true);
        }

        static string[] FilesOf(CommandLine commands, string folder) => Directory.GetFiles(Path.Combine(commands.Home, folder), "*", SearchOption.AllDirectories);
    }

    private async Task MeasureLogAsync(Uri on, Uri off)
    {
        using var logging = new LoadClient(new Uri(on, $"api/endpoints/{Endpoint}/predict"), Body(1), Connections);
        using var silent = new LoadClient(new Uri(off, $"api/endpoints/{Endpoint}/predict"), Body(1), Connections);
        await logging.RunAsync(s_warming);
        await silent.RunAsync(s_warming);
        var (logged, bare) = await InTurnsAsync(logging, silent);
        report.Add("serve/prediction-log-on", new Dictionary<string, object>
        {
            ["connections"] = Connections,
            ["requestsPerSecond"] = Math.Round(logged.PerSecond),
            ["p99Ms"] = logged.Latency[99],
            ["logOffRequestsPerSecond"] = Math.Round(bare.PerSecond),
            ["ratioToLogOff"] = Math.Round(logged.PerSecond / bare.PerSecond, 3),
            ["failedRequests"] = logged.Failed + bare.Failed,
        });
    }

    private static async Task WithServerAsync(CommandLine commands, bool log, Func<string, Uri, int, Task> measure)
    {
        var place = Path.Combine(commands.Home, "system", "host.json");
        File.Delete(place);
        using var server = commands.StartWith(new() { ["PredictionLog__Enabled"] = log ? "true" : "false" }, "up", "--port", "0");
        try
        {
            await measure(commands.Home, await AddressAsync(place), server.Id);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static object Row(int i) => new { date = $"2001-03-{1 + (i % 28):00}T{i % 24:00}:15:00", distance = 200 + i, origin = "MCI", destination = "MDW" };

    private static byte[] Body(int rows) => JsonSerializer.SerializeToUtf8Bytes(new { instances = Enumerable.Range(0, rows).Select(Row) });

    private static byte[] Tensors(int rows) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        inputs = new object[]
        {
            new { name = "date", datatype = "BYTES", shape = (int[])[rows], data = Enumerable.Range(0, rows).Select(i => $"2001-03-{1 + (i % 28):00}T{i % 24:00}:15:00") },
            new { name = "distance", datatype = "INT64", shape = (int[])[rows], data = Enumerable.Range(0, rows).Select(i => 200 + i) },
            new { name = "origin", datatype = "BYTES", shape = (int[])[rows], data = Enumerable.Repeat("MCI", rows) },
            new { name = "destination", datatype = "BYTES", shape = (int[])[rows], data = Enumerable.Repeat("MDW", rows) },
        },
    });

    private static async Task<Uri> AddressAsync(string place)
    {
        for (var i = 0; i < 600; i++)
        {
            if (File.Exists(place)) return new Uri(JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(place)).GetProperty("url").GetString()!);
            await Task.Delay(50);
        }

        throw new TimeoutException("'mlops up' did not start.");
    }
}
