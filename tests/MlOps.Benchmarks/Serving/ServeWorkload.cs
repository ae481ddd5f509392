using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MlOps.Benchmarks.Serving;

/// <summary>
/// 'mlops up' answering predictions of the flight-delay model, client and server on the same machine. The floor is an endpoint
/// of the same web server that parses the same request and answers the same bytes, in the same run.
/// </summary>
internal static class ServeWorkload
{
    private const int Connections = 64;
    private const int BatchRows = 1000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    public static async Task<int> RunAsync(Report report)
    {
        var folder = Directory.CreateTempSubdirectory("mlops-bench-");
        try
        {
            var commands = new CommandLine(folder.FullName);
            await commands.RunAsync("run", "flight-delay", "--auto-approve");
            using var server = commands.Start("up", "--port", "0");
            try
            {
                await MeasureAsync(await AddressAsync(commands), server.Id, report);
            }
            finally
            {
                server.Kill();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task MeasureAsync(Uri server, int processId, Report report)
    {
        var predict = new Uri(server, "api/endpoints/flight-delay/predict");
        var oneRow = Body(1);
        await LoadAsync(predict, oneRow, Connections, TimeSpan.FromSeconds(3));
        var answer = await AnswerAsync(predict, oneRow);
        await using var floor = await StartFloorAsync(answer);
        var floorUrl = new Uri(floor.Urls.First() + "/predict");
        await LoadAsync(floorUrl, oneRow, Connections, TimeSpan.FromSeconds(2));

        var bare = await LoadAsync(floorUrl, oneRow, Connections, Duration);
        var loaded = await LoadAsync(predict, oneRow, Connections, Duration);
        var alone = await LoadAsync(predict, oneRow, 1, Duration);
        var batch = await LoadAsync(predict, Body(BatchRows), 2, Duration);
        report.Add("serve/flight-delay", new Dictionary<string, object>
        {
            ["connections"] = Connections,
            ["requestsPerSecond"] = Math.Round(loaded.PerSecond),
            ["p50Ms"] = loaded.Latency[50],
            ["p99Ms"] = loaded.Latency[99],
            ["floorRequestsPerSecond"] = Math.Round(bare.PerSecond),
            ["ratioToFloor"] = Math.Round(loaded.PerSecond / bare.PerSecond, 3),
            ["aloneP50Ms"] = alone.Latency[50],
            ["aloneP99Ms"] = alone.Latency[99],
            ["batchRows"] = BatchRows,
            ["batchRowsPerSecond"] = Math.Round(batch.PerSecond * BatchRows),
            ["failedRequests"] = bare.Failed + loaded.Failed + alone.Failed + batch.Failed,
            ["serverPeakMiB"] = CommandLine.PeakOf(processId) >> 20,
        });
    }

    private static byte[] Body(int rows) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        instances = Enumerable.Range(0, rows).Select(i => new { date = $"2001-03-{1 + (i % 28):00}T{i % 24:00}:15:00", distance = 200 + i, origin = "MCI", destination = "MDW" }),
    });

    private static async Task<(double PerSecond, Percentiles Latency, int Failed)> LoadAsync(Uri url, byte[] body, int connections, TimeSpan duration)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections });
        var start = TimeProvider.System.GetTimestamp();
        var answered = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => CallAsync(http, url, body, start, duration))));
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var times = answered.SelectMany(a => a.Times).ToList();
        return (times.Count / seconds, new Percentiles(times), answered.Sum(a => a.Failed));
    }

    private static async Task<(List<double> Times, int Failed)> CallAsync(HttpClient http, Uri url, byte[] body, long start, TimeSpan duration)
    {
        var times = new List<double>();
        var failed = 0;
        while (TimeProvider.System.GetElapsedTime(start) < duration)
        {
            var sent = TimeProvider.System.GetTimestamp();
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var response = await http.PostAsync(url, content);
            await response.Content.ReadAsByteArrayAsync();
            if (!response.IsSuccessStatusCode) failed++;
            times.Add(TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds);
        }

        return (times, failed);
    }

    private static async Task<byte[]> AnswerAsync(Uri url, byte[] body)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var response = (await http.PostAsync(url, content)).EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static async Task<WebApplication> StartFloorAsync(byte[] answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/predict", async (HttpRequest request) =>
        {
            using var parsed = await JsonDocument.ParseAsync(request.Body);
            return Results.Bytes(answer, "application/json");
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<Uri> AddressAsync(CommandLine commands)
    {
        var place = Path.Combine(commands.Home, "system", "host.json");
        for (var i = 0; i < 600; i++)
        {
            if (File.Exists(place)) return new Uri(JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(place)).GetProperty("url").GetString()!);
            await Task.Delay(50);
        }

        throw new TimeoutException("'mlops up' did not start.");
    }
}
