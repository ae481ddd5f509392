using System.Globalization;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Core.Monitoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Monitoring;
using MlOps.Storage.Tables;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure;

/// <summary>What is asked for newest first costs requests by what is wanted, not by what is there, though the service reads forward only.</summary>
[Collection("measures the process")]
public sealed class NewestFirstTests : IAsyncLifetime
{
    // More than a page of the service.
    private const int Many = 1100;
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private AzureAccount _account = null!;

    public async Task InitializeAsync() => _account = await AzureAccount.CreateAsync();

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Fact]
    public async Task A_page_of_the_audit_log_is_one_request_and_a_rare_answer_a_few()
    {
        var entries = Enumerable.Range(1, Many).Select(i => new AuditEntry(i, s_start.AddSeconds(i), new("mlops", i is 7 ? "rare" : "usual", $"runs/{i}", "A test."), "")).ToList();
        await FillAsync("audit", entries.Select(e => new NewTableDocument("log", e.Sequence.ToString("D19", CultureInfo.InvariantCulture), Text(e))));
        await _account.Tables.InsertAllAsync("audit", [new("head", "head", Text(AuditHead.Of(Many, Text(entries[^1]))))], default);
        var log = new AuditLog(_account.Tables, TimeProvider.System);

        AuditPage first = null!, second = null!, rare = null!;
        // Where the log ends is asked first: its recorded end, and what was appended since.
        Assert.Equal(3, await CostAsync(async () => first = await log.ListAsync(new() { Take = 20 }, default)));
        Assert.Equal(1, await CostAsync(async () => second = await log.ListAsync(new() { Take = 20, ContinuationToken = first.ContinuationToken }, default)));
        Assert.Equal(6, await CostAsync(async () => rare = await log.ListAsync(new() { Action = "rare" }, default)));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)Many - i), first.Entries.Concat(second.Entries).Select(e => e.Sequence));
        Assert.Equal((7, null), (Assert.Single(rare.Entries).Sequence, rare.ContinuationToken));
    }

    [Fact]
    public async Task What_applications_reported_since_a_moment_is_one_request_however_much_there_was_before()
    {
        await FillAsync("reportedmetrics", Enumerable.Range(0, Many).Select(i => s_start.AddSeconds(i)).Select(at => new NewTableDocument(
            "shop", $"{at.UtcTicks:D19}-a", Text(new ReportedMetric("conversion", 1, 0.1, 1, at)))));
        var store = new ReportedMetricStore(_account.Tables);
        IReadOnlyList<ReportedMetric> found = [];
        Assert.Equal(1, await CostAsync(async () => found = await store.ListAsync("shop", s_start.AddSeconds(Many - 3), default)));
        Assert.Equal([Many - 1, Many - 2, Many - 3], found.Select(r => (int)(r.At - s_start).TotalSeconds));
    }

    [Fact]
    public async Task The_windows_of_a_monitor_since_a_moment_are_one_request_however_many_there_were_before()
    {
        await FillAsync("monitorresults", Enumerable.Range(1, Many).Select(i => new TimeWindow(s_start.AddHours(i - 1), s_start.AddHours(i))).Select(window => new NewTableDocument(
            "shop.drift", $"{window.To.UtcDateTime:yyyyMMdd'T'HHmmss}-0000003600",
            Text(new MonitorResult { Endpoint = "shop", Monitor = MonitorKind.Drift, Window = window, ComputedAt = window.To, Rows = 0, Points = [] }))));
        var store = new MonitorResultStore(_account.Tables);
        IReadOnlyList<MonitorResult> found = [];
        Assert.Equal(1, await CostAsync(async () => found = await store.ListAsync("shop", MonitorKind.Drift, s_start.AddHours(Many - 3), 100, default)));
        Assert.Equal([Many - 2, Many - 1, Many], found.Select(r => (int)(r.Window.To - s_start).TotalHours));
    }

    private async Task FillAsync(string table, IEnumerable<NewTableDocument> documents) => Assert.Empty(await _account.Tables.InsertAllAsync(table, [.. documents], default));

    private static async Task<long> CostAsync(Func<Task> work)
    {
        using var transactions = new StorageTransactions();
        await work();
        return transactions.Total;
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, MlOpsJson.Compact);
}
