using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;

namespace MlOps.Monitoring.Tests.Logging;

public sealed class PredictionLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new(new(2001, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private readonly LocalBlobStore _blobs;

    public PredictionLogTests() => _blobs = new LocalBlobStore(_folder["home"], new LocalBlobStoreOptions(), _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_row_of_an_answer_is_a_line_in_a_segment()
    {
        await LogAsync(new() { Pipeline = "shop" }, Answer("a", """{"size":1,"place":"x"}""", """{"size":2,"place":"y"}"""), Answer("b", """{"size":3,"place":"z"}"""));

        var lines = await LinesAsync();
        Assert.Equal(["a/0", "a/1", "b/0"], lines.Select(l => $"{l.GetProperty("request").GetString()}/{l.GetProperty("row").GetInt32()}"));
        Assert.Equal([1, 2, 3], lines.Select(l => l.GetProperty("instance").GetProperty("size").GetInt32()));
        Assert.Equal([0f, 1f, 0f], lines.Select(l => l.GetProperty("scores")[0].GetSingle()));
        Assert.All(lines, l => Assert.Equal(1.5, l.GetProperty("latency_ms").GetDouble()));
    }

    [Fact]
    public async Task Hidden_columns_never_stand_in_the_log_as_they_are()
    {
        var hide = new Dictionary<string, HidingMethod> { ["customer"] = HidingMethod.Hash, ["phone"] = HidingMethod.Drop };
        await LogAsync(new() { Log = new() { Hide = hide }, Pipeline = "shop" },
            Answer("a", """{"customer":"Ada","phone":"123-456","size":1}"""), Answer("b", """{"customer":"Ada","phone":null,"size":2}"""), Answer("c", """{"customer":"Bob","size":2}"""));

        var lines = await LinesAsync();
        var customers = lines.Select(l => l.GetProperty("instance").GetProperty("customer").GetString()!).ToList();
        Assert.Matches("^[0-9a-f]{32}$", customers[0]);
        Assert.Equal(customers[0], customers[1]);
        Assert.NotEqual(customers[0], customers[2]);
        Assert.All(lines, l => Assert.False(l.GetProperty("instance").TryGetProperty("phone", out _)));
        Assert.DoesNotContain("Ada", string.Join('\n', lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_says_which_process_answered_and_how_its_device_did_which_is_looked_at_once_a_second()
    {
        var looks = 0;
        var origin = new AnswerOrigin("7f", () => new("edge", 4, 0.12345, ++looks, null, 0, new Dictionary<string, double> { ["board"] = 41.26, ["cpu"] = 55.52 }), _time);
        using var log = new PredictionLog(_blobs, new MonitoringSettings(_blobs, _time), Options.Create(new PredictionLogOptions()), _time, NullLogger<PredictionLog>.Instance, origin);
        await log.StartAsync(default);
        log.TryWrite(Answer("a", """{"size":1}""", """{"size":2}"""));
        await log.FlushAsync(default);
        _time.Advance(TimeSpan.FromSeconds(1));
        log.TryWrite(Answer("b", """{"size":3}"""));
        await log.StopAsync(default);

        var lines = await LinesAsync();
        Assert.Equal([1, 1, 2], lines.Select(l => l.GetProperty("memory").GetInt32()));
        Assert.All(lines, l => Assert.Equal(
            ("7f", "edge", 0.123, 55.5), (l.GetProperty("replica").GetString(), l.GetProperty("device").GetString(), l.GetProperty("cpu").GetDouble(), l.GetProperty("temperature").GetDouble())));
    }

    [Fact]
    public async Task The_sample_is_decided_by_the_requests_id_and_keeps_failures()
    {
        var settings = new EndpointMonitoring { Pipeline = "shop", Log = new() { Sample = 0.25 } };
        var answers = Enumerable.Range(0, 400).Select(i => Answer($"r{i}", """{"size":1}""")).ToArray();
        await LogAsync(settings, [.. answers, Answer("failed", """{"size":1}""") with { Status = 500, Scores = default }]);
        var first = (await LinesAsync()).Select(l => l.GetProperty("request").GetString()).ToList();

        // 100 expected; far beyond what chance allows on either side (9 standard deviations).
        Assert.InRange(first.Count, 22, 178);
        Assert.Contains("failed", first);
        Assert.All((await LinesAsync()).Where(l => l.GetProperty("status").GetInt32() == 200), l => Assert.Equal(4, l.GetProperty("weight").GetDouble()));
        await LogAsync(settings, answers);
        Assert.Equal(first.Count - 1, (await LinesAsync()).Count - first.Count);
    }

    [Fact]
    public async Task A_request_without_answer_is_one_line_without_its_rows()
    {
        await LogAsync(new() { Pipeline = "shop" }, Answer("a", """{"size":"wrong","secret":"s"}""", """{"size":1}""") with { Status = 400, Scores = default });
        var line = Assert.Single(await LinesAsync());
        Assert.Equal(-1, line.GetProperty("row").GetInt32());
        Assert.False(line.TryGetProperty("instance", out _));
    }

    [Fact]
    public async Task An_instance_that_came_in_several_lines_is_one_line_in_the_log()
    {
        await LogAsync(new() { Pipeline = "shop" }, Answer("a", "{\n  \"size\": 1\n}"));
        Assert.Equal(1, Assert.Single(await LinesAsync()).GetProperty("instance").GetProperty("size").GetInt32());
    }

    [Fact]
    public async Task What_is_beyond_the_bound_is_counted_and_left_out()
    {
        using var log = Log(new() { MaxWaitingRows = 3 });
        // Not started: nothing is taken out of the queue.
        Assert.True(log.TryWrite(Answer("a", """{"size":1}""", """{"size":2}""")));
        Assert.False(log.TryWrite(Answer("b", """{"size":1}""", """{"size":2}""")));
        Assert.True(log.TryWrite(Answer("c", """{"size":1}""")));
        Assert.Equal(2, log.Dropped);

        await log.StartAsync(default);
        await log.StopAsync(default);
        Assert.Equal(["a", "a", "c"], (await LinesAsync()).Select(l => l.GetProperty("request").GetString()));
    }

    [Fact]
    public async Task What_was_logged_is_stored_after_the_interval_without_a_stop()
    {
        using var log = Log(new() { FlushInterval = TimeSpan.FromSeconds(2) });
        await log.StartAsync(default);
        log.TryWrite(Answer("a", """{"size":1}"""));
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(1);
        while ((await LinesAsync()).Count is 0)
        {
            Assert.True(DateTime.UtcNow < end, "nothing was stored");
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(10);
        }
        // A kill -9 from here on loses nothing: the segment is a whole blob.
        Assert.Single(await LinesAsync());
        await log.StopAsync(default);
    }

    [Fact]
    public async Task Segments_are_sorted_into_days_of_event_time()
    {
        await LogAsync(new() { Pipeline = "shop", Log = new() { Time = "date" } },
            Answer("a", """{"date":"2001-03-01T23:59:59","size":1}""", """{"date":"2001-03-02T00:00:00Z","size":2}"""),
            Answer("b", """{"date":"no time","size":3}""") with { Time = new(2001, 3, 5, 1, 0, 0, TimeSpan.Zero) },
            Answer("c", """{"date":"9999-01-01T00:00:00","size":4}"""));
        var segments = Directory.GetFiles(_folder["home/predictions/shop/segments"]);
        await File.AppendAllTextAsync(segments[0], "{ damaged\n");
        Directory.CreateDirectory(_folder["sorted"]);

        var days = AnswerSorter.Sort(segments, _folder["sorted"], default);

        Assert.Equal(["2001-03-01", "2001-03-02", "2001-03-05"], days.Select(d => d.Day.ToString("yyyy-MM-dd")));
        using var connection = DuckDbConnection.Open();
        var rows = connection.Rows(
            $"SELECT request, row, json_extract_string(instance, '$.size'), scores[1], time FROM read_parquet({Sql.List(days.Select(d => d.Path))}) ORDER BY time, request", default);
        Assert.Equal(["a 0 1 0", "a 1 2 1", "c 0 4 0", "b 0 3 0"], rows.Select(r => $"{r.Text(0)} {r.Long(1)} {r.Text(2)} {r.Double(3)}"));
    }

    [Fact]
    public async Task The_time_that_the_caller_gave_stands_before_that_of_a_column()
    {
        var given = new DateTimeOffset(2001, 2, 3, 23, 30, 0, TimeSpan.FromHours(-1));
        await LogAsync(new() { Pipeline = "shop", Log = new() { Time = "date" } },
            Answer("a", """{"date":"2001-03-01T23:59:59"}""") with { EventTime = given }, Answer("refused", """{}""") with { EventTime = given, Status = 400, Scores = default });
        Directory.CreateDirectory(_folder["sorted"]);
        var (day, path) = Assert.Single(AnswerSorter.Sort(Directory.GetFiles(_folder["home/predictions/shop/segments"]), _folder["sorted"], default));
        Assert.Equal(new DateOnly(2001, 2, 4), day);
        using var connection = DuckDbConnection.Open();
        Assert.Equal(["a 2001-02-04 00:30:00", "refused 2001-02-04 00:30:00"], connection.Rows($"SELECT request, time::VARCHAR FROM read_parquet({Sql.Text(path)}) ORDER BY 1", default).Select(r => $"{r.Text(0)} {r.Text(1)}"));
    }

    private static LoggedAnswer Answer(string id, params string[] instances) => new()
    {
        Endpoint = "shop",
        RequestId = id,
        Variant = "champion",
        Model = "shop",
        Version = 1,
        Time = new(2001, 3, 2, 8, 0, 0, TimeSpan.Zero),
        Latency = TimeSpan.FromMilliseconds(1.5),
        Status = 200,
        Instances = [.. instances.Select(i => JsonSerializer.Deserialize<JsonElement>(i))],
        Scores = Enumerable.Range(0, instances.Length).Select(i => (float)i).ToArray(),
    };

    private PredictionLog Log(PredictionLogOptions options) =>
        new(_blobs, new MonitoringSettings(_blobs, _time), Options.Create(options), _time, NullLogger<PredictionLog>.Instance);

    private async Task LogAsync(EndpointMonitoring settings, params LoggedAnswer[] answers)
    {
        await new MonitoringSettings(_blobs, _time).PublishAsync("shop", settings, default);
        using var log = Log(new());
        await log.StartAsync(default);
        foreach (var answer in answers) Assert.True(log.TryWrite(answer));
        await log.StopAsync(default);
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task<List<JsonElement>> LinesAsync()
    {
        var lines = new List<JsonElement>();
        await foreach (var blob in _blobs.ListAsync("predictions/shop/segments/", default))
        {
            var content = await _blobs.TryReadAsync(blob.Name, default);
            foreach (var line in System.Text.Encoding.UTF8.GetString(content!.Content.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                lines.Add(JsonSerializer.Deserialize<JsonElement>(line));
        }
        return lines;
    }
}
