using System.Text;
using MlOps.Monitoring.Logging;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;

namespace MlOps.Monitoring.Tests.Logging;

public sealed class RecentRequestsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-recent-").FullName;
    private readonly LocalBlobStore _blobs;

    public RecentRequestsTests() => _blobs = new(Path.Combine(_folder, "blobs"), new LocalBlobStoreOptions(), TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_latest_answered_rows_come_first_from_segments_and_then_from_days()
    {
        await SortedAsync(Line(1, "2026-03-01 10:00:00"), Line(2, "2026-03-01 11:00:00"), Line(3, "2026-03-02 09:00:00"));
        await SegmentAsync("20260302T100000000-a-000001", Line(4, "2026-03-02 10:00:00"), "no JSON", Line(5, "2026-03-02 10:00:01", status: 400), Line(6, "2026-03-02 10:00:02"));
        await SegmentAsync("20260302T110000000-a-000002", Line(7, "2026-03-02 11:00:00"), Line(8, "2026-03-02 11:00:01", mirrored: true));
        Assert.Equal([7, 6, 4, 3, 2, 1], await ReadAsync(100));
        Assert.Equal([7, 6, 4, 3], await ReadAsync(4));
        Assert.Equal([7], await ReadAsync(1));
        Assert.Empty(await new RecentRequests(_blobs).ReadAsync("another", 10, default));
    }

    private async Task<IEnumerable<int>> ReadAsync(int count) =>
        (await new RecentRequests(_blobs).ReadAsync("sizes", count, default)).Select(r => r.GetProperty("size").GetInt32());

    private async Task SegmentAsync(string name, params string[] lines) =>
        await _blobs.TryWriteAsync($"{PredictionFiles.SegmentsOf("sizes")}{name}.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), WriteCondition.None, default);

    /// <summary>Lays lines into their days, as the log does after a while.</summary>
    private async Task SortedAsync(params string[] lines)
    {
        var segment = Path.Combine(_folder, "segment.jsonl");
        await File.WriteAllLinesAsync(segment, lines);
        var sorted = Directory.CreateDirectory(Path.Combine(_folder, "sorted")).FullName;
        foreach (var (day, path) in AnswerSorter.Sort([segment], sorted, default))
            await _blobs.UploadAsync(path, $"{PredictionFiles.DayOf("sizes", day)}20260302T000000000{PredictionFiles.AnswersEnding}", default);
    }

    private static string Line(int size, string logged, int status = 200, bool mirrored = false) =>
        $$$"""{"request":"r{{{size}}}","row":0,"logged":"{{{logged}}}.000000","variant":"champion","model":"m","version":1,"status":{{{status}}},"latency_ms":1,"weight":1,"mirrored":{{{(mirrored ? "true" : "false")}}},"instance":{"size":{{{size}}}},"scores":[1]}""";
}
