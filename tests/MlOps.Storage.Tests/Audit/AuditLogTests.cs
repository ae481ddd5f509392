using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly LocalTableStore _tables;
    private readonly AuditLog _log;

    public AuditLogTests()
    {
        _tables = new LocalTableStore(_folder["tables.db"]);
        _log = new AuditLog(_tables, _time);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_entry_says_who_what_when_and_why()
    {
        var what = new AuditEvent("lead@example.com", "model.approved", "models/flights/3", "AUC is better by 0.01.", "Passed", "Approved");
        Assert.Equal(what, (await _log.AppendAsync(what, default)).Event);
        var entry = Assert.Single((await _log.ListAsync(new AuditQuery(), default)).Entries);
        Assert.Equal((1, _time.Now, what), (entry.Sequence, entry.At, entry.Event));
    }

    [Fact]
    public async Task An_empty_log_is_intact()
    {
        var check = await _log.VerifyAsync(null, default);
        Assert.True(check.IsIntact);
        Assert.Equal(0, check.Head.Sequence);
        Assert.Empty((await _log.ListAsync(new AuditQuery(), default)).Entries);
    }

    [Fact]
    public async Task The_newest_entries_come_first_page_by_page()
    {
        await AppendAsync(25);
        foreach (var take in new[] { 1, 7, 25, 26 })
        {
            var sequences = new List<long>();
            for (string? token = null; ;)
            {
                var page = await _log.ListAsync(new AuditQuery { Take = take, ContinuationToken = token }, default);
                Assert.True(page.Entries.Count <= take);
                sequences.AddRange(page.Entries.Select(e => e.Sequence));
                if ((token = page.ContinuationToken) is null) break;
            }
            Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(i => (long)i), sequences);
        }
    }

    [Fact]
    public async Task A_subject_has_its_own_entries_and_those_below_it()
    {
        string[] subjects = ["models/flights/1", "runs/1", "models/flights/10", "models/flights", "models/flightsplus/1", "models/flights/1"];
        foreach (var subject in subjects) await _log.AppendAsync(new("a", "b", subject, "c"), default);
        Assert.Equal("6 1", await SequencesOnAsync("models/flights/1", 100));
        Assert.Equal("6 4 3 1", await SequencesOnAsync("models/flights", 100));
        Assert.Equal("6 3 1", await SequencesOnAsync("models/flights/", 100));
        Assert.Equal("6 1", await SequencesOnAsync("models/flights/1", 1));
        Assert.Empty(await SequencesOnAsync("endpoints", 2));
    }

    [Fact]
    public async Task Appends_that_race_get_each_a_number_and_leave_an_intact_chain()
    {
        using var other = new LocalTableStore(_folder["tables.db"]);
        AuditLog[] logs = [_log, new(_tables, _time), new(other, _time)];
        var entries = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => logs[i % 3].AppendAsync(new("a", "b", $"runs/{i}", "c"), default))));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), entries.Select(e => e.Sequence).Order());
        var check = await _log.VerifyAsync(null, default);
        Assert.Equal((true, 60), (check.IsIntact, check.Head.Sequence));
        Assert.Equal(60, (await _log.ListAsync(new AuditQuery(), default)).Entries.Select(e => e.Event.Subject).Distinct().Count());
    }

    [Fact]
    public async Task A_writer_that_died_before_the_head_followed_leaves_an_intact_log()
    {
        await AppendAsync(3);
        var head = await _tables.TryGetAsync("audit", "head", "head", default);
        await AppendAsync(1);
        await WriteAsync("head", "head", head!.Json);
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);
        await AppendAsync(1);
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);
        Assert.Contains("\"sequence\":5", (await _tables.TryGetAsync("audit", "head", "head", default))!.Json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_single_change_to_the_log_is_found()
    {
        await AppendAsync(6);
        var rows = (await _tables.QueryAsync("audit", new TableQuery { Partition = "log" }, default)).Rows;
        async Task Restore()
        {
            foreach (var row in (await _tables.QueryAsync("audit", new TableQuery { Partition = "log" }, default)).Rows) await _tables.DeleteAsync("audit", "log", row.Row, default);
            foreach (var row in rows) await WriteAsync("log", row.Row, row.Json);
        }
        for (var i = 0; i < 6; i++)
        {
            // Another text of the same meaning is a change as well.
            foreach (var changed in new[] { rows[i].Json.Replace("reason", "raison", StringComparison.Ordinal), rows[i].Json.Replace("because", "be cause", StringComparison.Ordinal), rows[i].Json.Replace("{", "{ ", StringComparison.Ordinal), "{}" })
            {
                await WriteAsync("log", rows[i].Row, changed);
                await AssertFaultAsync();
                await Restore();
            }
            await _tables.DeleteAsync("audit", "log", rows[i].Row, default);
            await AssertFaultAsync();
            await Restore();
            var other = (i + 1) % 6;
            await WriteAsync("log", rows[i].Row, rows[other].Json);
            await WriteAsync("log", rows[other].Row, rows[i].Json);
            await AssertFaultAsync();
            await Restore();
        }
        await WriteAsync("log", "x", rows[0].Json);
        await AssertFaultAsync();
        await Restore();
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);

        async Task AssertFaultAsync() => Assert.NotEmpty((await _log.VerifyAsync(null, default)).Faults.Select(f => f.Problem));
    }

    [Fact]
    public async Task A_fault_names_the_entry()
    {
        await AppendAsync(5);
        var rows = (await _tables.QueryAsync("audit", new TableQuery { Partition = "log" }, default)).Rows;
        await WriteAsync("log", rows[1].Row, rows[1].Json.Replace("because", "for fun", StringComparison.Ordinal));
        await _tables.DeleteAsync("audit", "log", rows[3].Row, default);
        Assert.Equal(
            ["Entry 2 or 3 was changed: the one does not follow the other.", "Entry 4 is missing."],
            (await _log.VerifyAsync(null, default)).Faults.Select(f => f.Problem));
        await _tables.DeleteAsync("audit", "log", rows[4].Row, default);
        Assert.Contains("The log ends with entry 3, but once had 5.", (await _log.VerifyAsync(null, default)).Faults.Select(f => f.Problem));
    }

    [Fact]
    public async Task A_chain_written_anew_is_found_by_a_head_that_was_kept_elsewhere()
    {
        await AppendAsync(4);
        var kept = (await _log.VerifyAsync(null, default)).Head;
        foreach (var row in (await _tables.QueryAsync("audit", new TableQuery(), default)).Rows) await _tables.DeleteAsync("audit", row.Partition, row.Row, default);
        await AppendAsync(3, "another story");
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);
        Assert.Equal(["The log ends with entry 3, but once had 4."], (await _log.VerifyAsync(kept, default)).Faults.Select(f => f.Problem));
        await AppendAsync(2, "another story");
        Assert.Equal(["Entry 4 was changed: the log's recorded end differs from it."], (await _log.VerifyAsync(kept, default)).Faults.Select(f => f.Problem));
    }

    [Fact]
    public async Task A_changed_last_entry_does_not_stop_the_log()
    {
        await AppendAsync(1);
        await WriteAsync("log", 1.ToString("D19"), "{}");
        Assert.Equal(2, (await _log.AppendAsync(new("a", "b", "c", "d"), default)).Sequence);
        Assert.NotEmpty((await _log.VerifyAsync(null, default)).Faults.Select(f => f.Problem));
    }

    [Fact]
    public void Whatever_is_appended_reads_back_and_verifies() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), texts =>
        {
            using var tables = new LocalTableStore(_folder[$"{Guid.NewGuid():N}.db"]);
            var log = new AuditLog(tables, _time);
            var written = texts.Select(t => log.AppendAsync(new(t.Get, t.Get, t.Get, t.Get, t.Get), default).GetAwaiter().GetResult()).ToList();
            Assert.True(log.VerifyAsync(null, default).GetAwaiter().GetResult().IsIntact);
            var read = log.ListAsync(new AuditQuery { Take = 1000 }, default).GetAwaiter().GetResult().Entries.Reverse();
            Assert.Equal(written.Select(e => e.Sequence), read.Select(e => e.Sequence));
        }));

    private async Task AppendAsync(int count, string reason = "because")
    {
        for (var i = 0; i < count; i++) await _log.AppendAsync(new("mlops", "run.started", $"runs/{i}", reason), default);
    }

    private Task<string?> WriteAsync(string partition, string row, string json) =>
        _tables.TryWriteAsync("audit", partition, row, json, WriteCondition.None, default);

    private async Task<string> SequencesOnAsync(string subject, int take)
    {
        var found = new List<long>();
        for (string? token = null; ;)
        {
            var page = await _log.ListAsync(new AuditQuery { Subject = subject, Take = take, ContinuationToken = token }, default);
            found.AddRange(page.Entries.Select(e => e.Sequence));
            if ((token = page.ContinuationToken) is null) return string.Join(' ', found);
        }
    }
}
