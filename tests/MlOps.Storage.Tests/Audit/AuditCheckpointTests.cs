using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Audit;

public sealed class AuditCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly LocalTableStore _tables;
    private readonly AuditSigner _signer;
    private readonly AuditLog _log;

    public AuditCheckpointTests()
    {
        _tables = new LocalTableStore(_folder["tables.db"]);
        _signer = new AuditSigner(_folder["system/audit.key"]);
        _log = new AuditLog(_tables, _time, _signer);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _signer.Dispose();
        _folder.Dispose();
    }

    private async Task AppendAsync(int count)
    {
        for (var i = 0; i < count; i++) await _log.AppendAsync(new("ann", "run.started", $"runs/{i}", "because"), default);
    }

    [Fact]
    public async Task Every_hundredth_entry_is_signed_and_any_on_demand()
    {
        Assert.Null(await _log.CheckpointAsync(default));
        await AppendAsync(205);
        var asked = await _log.CheckpointAsync(default);
        Assert.Equal([100, 200, 205], (await _log.ListCheckpointsAsync(default)).Select(c => c.Sequence));
        Assert.Equal(asked, await _log.CheckpointAsync(default));
        Assert.Equal((true, 3), ((await _log.VerifyAsync(null, default)) is { IsIntact: var intact, Checkpoints: var count } ? (intact, count) : default));
        Assert.True(asked!.IsSignedWith(AuditPublicKey.Parse(_log.PublicKey!.Pem)));
        Assert.False((asked with { Sequence = 204 }).IsSignedWith(_log.PublicKey!));
    }

    [Fact]
    public async Task A_log_that_was_cut_off_and_given_another_end_is_found_by_its_checkpoint()
    {
        await AppendAsync(102);
        var rows = (await _tables.QueryAsync("audit", new TableQuery { Partition = "log" }, default)).Rows;
        foreach (var row in rows.Skip(95)) await _tables.DeleteAsync("audit", "log", row.Row, default);
        // The forger brings the unsigned end in line.
        await _tables.DeleteAsync("audit", "head", "head", default);
        await AppendAsync(0);
        var found = await _log.VerifyAsync(null, default);
        Assert.Equal("There is a signed checkpoint of entry 100, which is not there.", Assert.Single(found.Faults).Problem);
        Assert.Equal(96, found.FirstBad);

        // Going on does not heal it.
        await AppendAsync(10);
        Assert.Equal(100, (await _log.VerifyAsync(null, default)).FirstBad);
    }

    [Fact]
    public async Task A_chain_written_anew_does_not_fit_its_checkpoints()
    {
        await AppendAsync(100);
        foreach (var row in (await _tables.QueryAsync("audit", new TableQuery { Partition = "log" }, default)).Rows) await _tables.DeleteAsync("audit", "log", row.Row, default);
        await _tables.DeleteAsync("audit", "head", "head", default);
        var forged = new AuditLog(_tables, _time);
        for (var i = 0; i < 100; i++) await forged.AppendAsync(new("ann", "run.started", $"runs/{i}", "for another reason"), default);
        Assert.True((await forged.VerifyAsync(null, default)).IsIntact);
        var fault = Assert.Single((await _log.VerifyAsync(null, default)).Faults);
        Assert.Equal("Entry 100 or one before it was changed: its signed checkpoint differs from it.", fault.Problem);
    }

    [Fact]
    public async Task A_forged_checkpoint_is_found()
    {
        await AppendAsync(3);
        using var other = new AuditSigner(_folder["other.key"]);
        await new AuditLog(_tables, _time, other).CheckpointAsync(default);
        Assert.Contains("signed with another key", Assert.Single((await _log.VerifyAsync(null, default)).Faults).Problem, StringComparison.Ordinal);
        var forged = await _tables.ReadJsonAsync<AuditCheckpoint>("audit", "checkpoints", 3.ToString("D19"), default);
        await _tables.WriteJsonAsync("audit", "checkpoints", 3.ToString("D19"), forged with { Key = _signer.PublicKey.Fingerprint }, default);
        Assert.Contains("its signature is not right", Assert.Single((await _log.VerifyAsync(null, default)).Faults).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_is_made_once_and_nobody_else_may_read_it()
    {
        var path = _folder["system/audit.key"];
        var fingerprint = _signer.PublicKey.Fingerprint;
        using var again = new AuditSigner(path);
        Assert.Equal(fingerprint, again.PublicKey.Fingerprint);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        using var open = new AuditSigner(path);
        Assert.Contains("chmod 600", Assert.Throws<SecretFileException>(() => open.PublicKey).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_processes_that_make_the_key_at_once_one_wins()
    {
        var prints = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(4).Select(_ =>
        {
            using var signer = new AuditSigner(_folder["race/audit.key"]);
            return signer.PublicKey.Fingerprint;
        }).Distinct().ToList();
        Assert.Single(prints);
        Assert.Equal(["audit.key"], Directory.GetFiles(_folder["race"]).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void A_file_that_holds_no_key_is_refused()
    {
        var path = _folder["bad.key"];
        File.WriteAllText(path, "nothing");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var signer = new AuditSigner(path);
        Assert.Contains("holds no private key", Assert.Throws<SecretFileException>(() => signer.PublicKey).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => AuditPublicKey.Parse("nothing"));
    }

    [Fact]
    public async Task Told_twice_under_one_key_it_is_written_once()
    {
        var what = new AuditEvent("mlops", "run.failed", "runs/1", "No data.") { Key = "run-1/finish" };
        var first = await _log.AppendAsync(what, default);
        await AppendAsync(3);
        Assert.Equal(first, await _log.AppendAsync(what with { Reason = "Told again." }, default));
        Assert.Equal(5, (await _log.AppendAsync(what with { Key = "run-2/finish" }, default)).Sequence);
        Assert.Equal(6, (await _log.AppendAsync(what with { Key = null }, default)).Sequence);
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);
    }

    [Fact]
    public async Task Told_by_many_at_once_each_key_is_written_once()
    {
        AuditLog[] logs = [_log, new(_tables, _time), new(_tables, _time, _signer)];
        await Task.WhenAll(Enumerable.Range(0, 90).Select(i => Task.Run(() =>
            logs[i % 3].AppendAsync(new AuditEvent("mlops", "run.failed", $"runs/{i / 9}", "No data.") { Key = i % 9 is 8 ? null : $"key {i / 9}" }, default))));
        var found = (await _log.ListAsync(new() { Take = 1000 }, default)).Entries;
        Assert.Equal(10, found.Count(e => e.Event.Key is not null));
        Assert.Equal(20, found.Count);
        Assert.True((await _log.VerifyAsync(null, default)).IsIntact);
    }

    [Fact]
    public async Task A_claim_whose_place_another_entry_took_moves_on_and_one_of_a_log_that_was_cut_off_does_not_stop_it()
    {
        // As a crash between claim and entry leaves it.
        await _tables.WriteJsonAsync("audit", "keys", Hash("k"), new { key = "k", place = 2 }, default);
        await AppendAsync(4);
        var what = new AuditEvent("mlops", "run.failed", "runs/1", "No data.") { Key = "k" };
        Assert.Equal(5, (await _log.AppendAsync(what, default)).Sequence);
        Assert.Equal(5, (await _log.AppendAsync(what, default)).Sequence);
        await _tables.WriteJsonAsync("audit", "keys", Hash("l"), new { key = "l", place = 900 }, default);
        Assert.Equal(6, (await _log.AppendAsync(what with { Key = "l" }, default)).Sequence);
    }

    [Fact]
    public async Task A_changed_entry_does_not_keep_its_key_from_being_told()
    {
        var what = new AuditEvent("mlops", "run.failed", "runs/1", "No data.") { Key = "k" };
        await _log.AppendAsync(what, default);
        await _tables.TryWriteAsync("audit", "log", 1.ToString("D19"), "{\"sequence\":\"x\"}", WriteCondition.None, default);
        Assert.Equal(2, (await _log.AppendAsync(what, default)).Sequence);
    }

    [Fact]
    public async Task Entries_are_found_by_who_what_and_when()
    {
        var start = _time.Now;
        foreach (var (actor, action) in new[] { ("ann", "model.approved"), ("bob", "model.rejected"), ("ann", "models.listed"), ("ann", "model.approved") })
        {
            await _log.AppendAsync(new(actor, action, "models/a/1", "why"), default);
            _time.Now += TimeSpan.FromHours(1);
        }
        Assert.Equal([4, 3, 1], await FindAsync(new() { Actor = "ann" }));
        Assert.Equal([4, 2, 1], await FindAsync(new() { Action = "model" }));
        Assert.Equal([2], await FindAsync(new() { Action = "model.rejected" }));
        Assert.Equal([3, 2], await FindAsync(new() { Since = start.AddHours(1), Until = start.AddHours(3) }));
        Assert.Equal([4], await FindAsync(new() { Actor = "ann", Action = "model.approved", Since = start.AddMinutes(1) }));
        await Assert.ThrowsAsync<FormatException>(() => _log.ListAsync(new() { ContinuationToken = "x" }, default));
    }

    private async Task<IEnumerable<long>> FindAsync(AuditQuery query) => (await _log.ListAsync(query, default)).Entries.Select(e => e.Sequence);

    private static string Hash(string key) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));
}
