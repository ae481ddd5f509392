using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Functions.Hosting;

namespace MlOps.Testing.Azure;

/// <summary>One run of a pipeline on its example data, from nothing to an endpoint that answers, with storage in the emulator: what it did there.</summary>
/// <param name="Operations">Requests to storage from the start of the run to its end, by operation; the host's looks for files and manifests are among them.</param>
/// <param name="Run">The run as the API tells it.</param>
internal sealed record CountedRun(IReadOnlyDictionary<string, long> Operations, JsonElement Run)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    public long Total => Operations.Values.Sum();

    /// <summary>Hosts in this process, runs, and counts.</summary>
    /// <param name="pipeline">The pipeline, with an example.</param>
    /// <param name="idle">How long the host is left alone afterwards.</param>
    /// <returns>The run, and the requests that the host alone sent in an hour (scaled up from <paramref name="idle"/>).</returns>
    public static async Task<(CountedRun Run, double IdlePerHour)> MeasureAsync(string pipeline, TimeSpan idle)
    {
        var azurite = await AzuriteServer.SharedAsync();
        var unique = Guid.NewGuid().ToString("N")[..12];
        var home = Directory.CreateTempSubdirectory("mlops-counted-");
        using var transactions = new StorageTransactions();
        try
        {
            var settings = new HostSettings
            {
                Home = new HomeFolder(home.FullName),
                Repository = AzuriteServer.Repository,
                Url = "http://127.0.0.1:0",
                Verbose = false,
                Configuration = new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Storage:ConnectionString"] = azurite.ConnectionString,
                    ["Storage:Container"] = $"counted-{unique}",
                    ["Storage:TablePrefix"] = $"counted{unique}",
                },
            };
            await using var host = await EmbeddedHost.StartAsync(settings, CancellationToken.None);
            using var http = new HttpClient { BaseAddress = host.Address, Timeout = Timeout.InfiniteTimeSpan };
            var before = transactions.ByOperation;
            using (var started = await http.PostAsJsonAsync($"api/pipelines/{pipeline}/runs", new { autoApprove = true, reason = "Counted." })) started.EnsureSuccessStatusCode();
            await IsServedAsync(http, pipeline);
            var (ended, run) = await EndAsync(http, pipeline, transactions);
            var operations = ended.ToDictionary(o => o.Key, o => o.Value - before.GetValueOrDefault(o.Key), StringComparer.Ordinal);
            var total = transactions.Total;
            await Task.Delay(idle);
            var perHour = idle > TimeSpan.Zero ? (transactions.Total - total) * (TimeSpan.FromHours(1) / idle) : 0;
            return (new CountedRun(operations, run), perHour);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <summary>Asks the endpoint, which costs no storage, until it knows the model.</summary>
    private static async Task IsServedAsync(HttpClient http, string endpoint)
    {
        var until = DateTime.UtcNow + s_patience;
        while (true)
        {
            // An empty request is refused by an endpoint that is there, and not found before.
            using var answer = await http.PostAsJsonAsync($"api/endpoints/{endpoint}/predict", new { instances = Array.Empty<object>() });
            if ((int)answer.StatusCode is not (404 or 503)) break;
            if (DateTime.UtcNow > until) throw new TimeoutException($"{endpoint} was not served within {s_patience}.");
            await Task.Delay(200);
        }
    }

    /// <summary>Lets the run come to its end. To ask for it costs storage: what was done until then is counted before.</summary>
    private static async Task<(IReadOnlyDictionary<string, long> Done, JsonElement Run)> EndAsync(HttpClient http, string pipeline, StorageTransactions transactions)
    {
        for (var until = DateTime.UtcNow + s_patience; ;)
        {
            await Task.Delay(TimeSpan.FromSeconds(4));
            var done = transactions.ByOperation;
            var runs = await http.GetFromJsonAsync<JsonElement>($"api/runs?pipeline={pipeline}");
            var run = await http.GetFromJsonAsync<JsonElement>($"api/runs/{runs.GetProperty("items")[0].GetProperty("runId").GetString()}");
            if (run.GetProperty("status").GetString() is not ("queued" or "running")) return (done, run);
            if (DateTime.UtcNow > until) throw new TimeoutException($"The run did not end within {s_patience}: {run}");
        }
    }
}
