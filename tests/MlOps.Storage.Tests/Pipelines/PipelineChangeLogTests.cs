using MlOps.Storage.Audit;
using MlOps.Storage.Local;
using MlOps.Storage.Pipelines;

namespace MlOps.Storage.Tests.Pipelines;

public sealed class PipelineChangeLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalTableStore _tables;
    private readonly LocalBlobStore _blobs;
    private readonly AuditLog _audit;
    private readonly PipelineChangeLog _changes;

    public PipelineChangeLogTests()
    {
        var time = new ManualTime();
        _tables = new LocalTableStore(_folder["tables.db"]);
        _blobs = new LocalBlobStore(_folder["home"], new(), time);
        _audit = new AuditLog(_tables, time);
        _changes = new PipelineChangeLog(_tables, _blobs, _audit);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _folder.Dispose();
    }

    private async Task<IReadOnlyList<AuditEvent>> EntriesAsync() => [.. (await _audit.ListAsync(new() { Subject = "pipelines/flights" }, default)).Entries.Reverse().Select(e => e.Event)];

    [Fact]
    public async Task A_change_is_told_once_with_both_hashes_and_both_texts_are_kept()
    {
        Assert.True(await _changes.NoteAsync("flights", "name: a", "Noticed when the host started.", default));
        Assert.False(await _changes.NoteAsync("flights", "name: a", "Noticed when run 1 was started by ann.", default));
        Assert.True(await _changes.NoteAsync("flights", "name: b", "Noticed when run 2 was started by ann.", default));
        Assert.True(await _changes.NoteAsync("flights", "name: a", "Noticed when run 3 was started by ann.", default));
        Assert.True(await _changes.NoteAsync("flights", null, "Noticed when the host started.", default));
        Assert.False(await _changes.NoteAsync("flights", null, "Noticed when the host started.", default));
        var entries = await EntriesAsync();
        Assert.Equal(["pipeline.added", "pipeline.changed", "pipeline.changed", "pipeline.removed"], entries.Select(e => e.Action));
        Assert.Equal("Noticed when run 2 was started by ann.", entries[1].Reason);
        Assert.Equal(entries[0].After, entries[1].Before);
        Assert.Equal(entries[0].After, entries[2].After);
        foreach (var (hash, text) in new[] { (entries[0].After, "name: a"), (entries[1].After, "name: b") })
            Assert.Equal(text, System.Text.Encoding.UTF8.GetString((await _blobs.TryReadAsync($"pipelines/flights/{hash}.yaml", default))!.Content.Span));
        Assert.Empty(await _changes.ListAsync(default));
    }

    [Fact]
    public async Task An_entry_that_a_crash_kept_from_the_log_is_told_later()
    {
        await _changes.NoteAsync("flights", "name: a", "Noticed when the host started.", default);
        foreach (var partition in new[] { "log", "head", "keys" })
            foreach (var row in (await _tables.QueryAsync("audit", new() { Partition = partition }, default)).Rows) await _tables.DeleteAsync("audit", partition, row.Row, default);
        Assert.False(await _changes.NoteAsync("flights", "name: a", "Noticed when run 1 was started by ann.", default));
        Assert.Equal("Noticed when the host started.", Assert.Single(await EntriesAsync()).Reason);
    }

    [Fact]
    public async Task Many_that_notice_the_same_change_tell_it_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => _changes.NoteAsync("flights", "name: a", $"Noticed by {i}.", default))));
        Assert.Single(await EntriesAsync());
        Assert.Equal(["flights"], await _changes.ListAsync(default));
    }
}
