using System.Globalization;
using System.Text.Json;
using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Reading;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Tests.Monitoring;

public class PredictionReaderTests
{
    private const string Endpoint = "shop";

    [Fact]
    public async Task Rows_are_shown_once_before_while_and_after_they_are_sorted_into_days_and_then_with_their_labels()
    {
        await using var host = await PipelineHost.StartAsync();
        string[] segments = ["predictions/shop/segments/1.jsonl", "predictions/shop/segments/2.jsonl"];
        await host.WriteAsync(segments[0], Line("a", 1) + Line("b", 2));
        await host.WriteAsync(segments[1], Line("c", 3));
        Assert.Equal(["c", "b", "a"], await ShownAsync(host, new()));

        // As a crash leaves it: sorted, and one segment not deleted yet.
        await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default);
        await host.WriteAsync(segments[1], Line("c", 3));
        await host.Get<IBlobStore>().WriteJsonAsync("predictions/shop/compaction.json", new { batch = "first", inputs = segments, published = true }, default);
        await host.WriteAsync("predictions/shop/segments/3.jsonl", Line("d", 0));
        Assert.Equal(["c", "b", "a", "d"], await ShownAsync(host, new()));

        await host.WriteAsync("predictions/shop/labels/new/1.jsonl", """{"request":"b","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""" + "\n");
        await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default);
        Assert.Equal(["c", "b=1", "a", "d"], await ShownAsync(host, new()));
        Assert.Equal(["b=1"], await ShownAsync(host, new() { Labelled = true }));
        Assert.Equal(["c", "a", "d"], await ShownAsync(host, new() { Labelled = false }));
        Assert.Equal(["c", "b=1"], await ShownAsync(host, new(), count: 2));
    }

    [Fact]
    public async Task What_is_to_be_hidden_now_is_hidden_though_it_was_logged_before()
    {
        await using var host = await PipelineHost.StartAsync();
        await host.WriteAsync("predictions/shop/segments/1.jsonl", Line("a", 1));
        var hide = new Dictionary<string, HidingMethod> { ["name"] = HidingMethod.Hash, ["phone"] = HidingMethod.Drop };
        await host.Get<MonitoringSettings>().PublishAsync(Endpoint, new() { Pipeline = "shop", Log = new() { Hide = hide } }, default);

        var instance = Assert.Single(await ReadAsync(host, new(), 10)).Instance!.Value;
        Assert.Equal(3, instance.GetProperty("age").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", instance.GetProperty("name").GetString());
        Assert.False(instance.TryGetProperty("phone", out _));
    }

    [Fact]
    public async Task Who_looks_at_what_and_why_is_audited_before_anything_is_shown()
    {
        await using var host = await PipelineHost.StartAsync();
        Assert.Empty(await ReadAsync(host, new() { Request = "a" }, 10));
        var entry = Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Action = "data.read" }, default)).Entries).Event;
        Assert.Equal(("ada", "endpoints/shop/predictions", "Logged predictions request a. Somebody asked."), (entry.Actor, entry.Subject, entry.Reason));
    }

    private static async Task<List<string>> ShownAsync(PipelineHost host, PredictionFilter filter, int count = 100) =>
        [.. (await ReadAsync(host, filter, count)).Select(r => r.Label is null ? r.Request : $"{r.Request}={r.Label}")];

    private static Task<IReadOnlyList<LoggedPrediction>> ReadAsync(PipelineHost host, PredictionFilter filter, int count) =>
        host.Get<PredictionReader>().ReadAsync(Endpoint, filter, null, count, "ada", "Somebody asked.", default);

    private static string Line(string request, int hour) => JsonSerializer.Serialize(new
    {
        request, row = 0, logged = string.Create(CultureInfo.InvariantCulture, $"2001-03-01 {hour:D2}:00:00"), variant = "champion", model = "shop", version = 1, status = 200, latency_ms = 1.0,
        weight = 1.0, mirrored = false, scores = new[] { 0.5 }, instance = new { age = 3, name = "Ada", phone = "123" },
    }) + "\n";
}
