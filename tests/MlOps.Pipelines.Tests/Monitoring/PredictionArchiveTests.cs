using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Data.Native;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Tests.Monitoring;

public class PredictionArchiveTests
{
    private const string Endpoint = "shop";

    [Fact]
    public async Task Segments_become_days_and_labels_find_their_predictions_there()
    {
        await using var host = await PipelineHost.StartAsync();
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"), Line("b", "2001-03-02 10:00:00"));
        await LabelAsync(host, "1.jsonl", """{"request":"a","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""");

        Assert.Equal([new(2001, 3, 1)], await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default));

        Assert.Equal(["a 2001-03-01", "b 2001-03-02"], await AnswersAsync(host));
        Assert.Equal(new() { Received = 1, Matched = 1 }, await host.Get<LabelLedger>().SumAsync(Endpoint, default));
        Assert.Empty(await NamesAsync(host, "predictions/shop/segments/"));
        Assert.Empty(await NamesAsync(host, "predictions/shop/labels/"));
        Assert.Empty(await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default));
    }

    [Fact]
    public async Task A_sort_that_was_killed_before_or_while_its_segments_went_leaves_every_answer_once()
    {
        await using var host = await PipelineHost.StartAsync();
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"));
        await LogAsync(host, "2.jsonl", Line("b", "2001-03-01 11:00:00"));
        string[] segments = ["predictions/shop/segments/1.jsonl", "predictions/shop/segments/2.jsonl"];
        var blobs = host.Get<IBlobStore>();

        // Killed after the plan was made: what is logged later is of the next batch.
        await blobs.WriteJsonAsync("predictions/shop/compaction.json", new { batch = "first", inputs = segments }, default);
        await LogAsync(host, "3.jsonl", Line("c", "2001-03-01 12:00:00"));
        await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default);
        Assert.Equal(["a 2001-03-01", "b 2001-03-01", "c 2001-03-01"], await AnswersAsync(host));

        // Killed while segments were deleted: the ones that are left are in the day already.
        await LogAsync(host, "2.jsonl", Line("b", "2001-03-01 11:00:00"));
        await blobs.WriteJsonAsync("predictions/shop/compaction.json", new { batch = "first", inputs = segments, published = true }, default);
        await host.Get<PredictionArchive>().UpdateAsync(Endpoint, default);
        Assert.Equal(["a 2001-03-01", "b 2001-03-01", "c 2001-03-01"], await AnswersAsync(host));
        Assert.Empty(await NamesAsync(host, "predictions/shop/segments/"));
    }

    [Fact]
    public async Task A_join_that_was_killed_before_its_end_counts_once()
    {
        await using var host = await PipelineHost.StartAsync();
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"));
        await LabelAsync(host, "1.jsonl", """{"request":"a","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""");
        var archive = host.Get<PredictionArchive>();
        await archive.UpdateAsync(Endpoint, default);
        var batch = Path.GetFileName(Assert.Single(await NamesAsync(host, "predictions/shop/2001/"), IsLabels))[..^".labels.parquet".Length];

        // As if it had been killed after its results were written: the plan and its input are still there.
        await LabelAsync(host, "1.jsonl", """{"request":"a","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""");
        await host.Get<IBlobStore>().WriteJsonAsync("predictions/shop/labels/join.json", new { batch, inputs = new[] { "predictions/shop/labels/new/1.jsonl" } }, default);
        await archive.UpdateAsync(Endpoint, default);

        Assert.Equal(new() { Received = 1, Matched = 1 }, await host.Get<LabelLedger>().SumAsync(Endpoint, default));
        Assert.Single(await NamesAsync(host, "predictions/shop/2001/"), IsLabels);
    }

    [Fact]
    public async Task A_correction_is_audited_once_with_who_why_before_and_after_also_when_its_join_is_done_again()
    {
        await using var host = await PipelineHost.StartAsync();
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"));
        await LabelAsync(host, "1.jsonl", """{"request":"a","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""");
        var archive = host.Get<PredictionArchive>();
        await archive.UpdateAsync(Endpoint, default);

        const string correction = """{"request":"a","row":0,"label":"0","received":"2001-03-04T00:00:00Z","correctedBy":"lead","reason":"wrong feed"}""";
        await LabelAsync(host, "2.jsonl", correction);
        Assert.Equal([new(2001, 3, 1)], await archive.UpdateAsync(Endpoint, default));
        var batch = Path.GetFileName(Assert.Single(await NamesAsync(host, "predictions/shop/labels/corrected/")))[..^".parquet".Length];

        // As if it had been killed after all that, before its plan was gone.
        await LabelAsync(host, "2.jsonl", correction);
        await host.Get<IBlobStore>().WriteJsonAsync("predictions/shop/labels/join.json", new { batch, inputs = new[] { "predictions/shop/labels/new/2.jsonl" } }, default);
        await archive.UpdateAsync(Endpoint, default);

        Assert.Equal(new() { Received = 2, Matched = 1, Corrected = 1 }, await host.Get<LabelLedger>().SumAsync(Endpoint, default));
        var entry = Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Action = "labels.corrected" }, default)).Entries).Event;
        Assert.Equal(("lead", "endpoints/shop/labels", "wrong feed", "a/0 = 1", "a/0 = 0"), (entry.Actor, entry.Subject, entry.Reason, entry.Before, entry.After));
    }

    [Fact]
    public async Task What_is_older_than_it_is_to_be_kept_goes()
    {
        await using var host = await PipelineHost.StartAsync();
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"));
        await LabelAsync(host, "1.jsonl", """{"request":"a","row":0,"label":"1","received":"2001-03-03T00:00:00Z"}""");
        var archive = host.Get<PredictionArchive>();
        await host.Get<MonitoringSettings>().PublishAsync(Endpoint, new() { Pipeline = "shop", Log = new() { Keep = TimeSpan.FromDays(1) } }, default);
        await archive.UpdateAsync(Endpoint, default);
        Assert.Equal(2, (await NamesAsync(host, "predictions/shop/2001/")).Count);

        foreach (var name in await NamesAsync(host, "predictions/shop/2001/")) File.SetLastWriteTimeUtc(host.PathOf(name), DateTime.UtcNow.AddDays(-2));
        await archive.UpdateAsync(Endpoint, default);
        Assert.Empty(await NamesAsync(host, "predictions/shop/2001/"));
        await archive.UpdateAsync(Endpoint, default);
        var entry = Assert.Single((await host.Get<AuditLog>().ListAsync(new() { Action = "predictions.deleted" }, default)).Entries).Event;
        Assert.Equal(("mlops", "endpoints/shop/predictions"), (entry.Actor, entry.Subject));
        Assert.StartsWith("2 files of predictions and labels stored before ", entry.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\nmonitors: { quality: {} }", 1)]
    public async Task A_log_that_no_monitor_looks_at_is_kept_in_order_once_an_hour(string monitors, int unsorted)
    {
        await using var host = await PipelineHost.StartAsync(pipeline: PipelineHost.Pipeline + monitors);
        await LogAsync(host, "1.jsonl", Line("a", "2001-03-01 10:00:00"));
        var clock = new ManualTime(DateTimeOffset.UnixEpoch.AddYears(31));
        var keeper = new PredictionKeeper(host.Get<PipelineCatalog>(), host.Get<PredictionArchive>(), clock, NullLogger<PredictionKeeper>.Instance);
        await keeper.TidyAsync(default);
        Assert.Equal(unsorted, (await NamesAsync(host, "predictions/shop/segments/")).Count);

        await LogAsync(host, "2.jsonl", Line("b", "2001-03-01 11:00:00"));
        clock.Advance(TimeSpan.FromMinutes(59));
        await keeper.TidyAsync(default);
        Assert.Equal(unsorted + 1, (await NamesAsync(host, "predictions/shop/segments/")).Count);
        clock.Advance(TimeSpan.FromMinutes(2));
        await keeper.TidyAsync(default);
        Assert.Equal(unsorted * 2, (await NamesAsync(host, "predictions/shop/segments/")).Count);
    }

    private static bool IsLabels(string name) => name.EndsWith(".labels.parquet", StringComparison.Ordinal);

    private static string Line(string request, string time) => JsonSerializer.Serialize(new
    {
        request, row = 0, logged = time, variant = "champion", model = "shop", version = 1, status = 200, latency_ms = 1.0, weight = 1.0, mirrored = false,
        scores = new[] { 0.5 }, instance = new { age = 3 },
    });

    private static Task LogAsync(PipelineHost host, string name, params string[] lines) => host.WriteAsync($"predictions/shop/segments/{name}", string.Join('\n', lines) + "\n");

    private static Task LabelAsync(PipelineHost host, string name, params string[] lines) => host.WriteAsync($"predictions/shop/labels/new/{name}", string.Join('\n', lines) + "\n");

    private static async Task<List<string>> NamesAsync(PipelineHost host, string prefix) =>
        await host.Get<IBlobStore>().ListAsync(prefix, default).Select(b => b.Name).ToListAsync();

    private static async Task<List<string>> AnswersAsync(PipelineHost host)
    {
        var files = (await NamesAsync(host, "predictions/shop/2001/")).Where(n => n.EndsWith(".answers.parquet", StringComparison.Ordinal)).Select(host.PathOf);
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT request, strftime(time, '%Y-%m-%d') FROM read_parquet({Sql.List(files)}) ORDER BY request", default).Select(r => $"{r.Text(0)} {r.Text(1)}")];
    }
}
