using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Audit;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Audit;

/// <summary>A log of 230 entries with its checkpoints at 100, 200 and the end, exported.</summary>
public sealed class AuditExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly LocalTableStore _tables;
    private readonly AuditSigner _signer;
    private readonly AuditLog _log;

    public AuditExportTests()
    {
        _tables = new LocalTableStore(_folder["tables.db"]);
        _signer = new AuditSigner(_folder["audit.key"]);
        _log = new AuditLog(_tables, _time, _signer);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _signer.Dispose();
        _folder.Dispose();
    }

    private async Task<byte[]> ExportAsync(int entries)
    {
        for (var i = 1; i <= entries; i++) await _log.AppendAsync(new($"ann{i % 3}", "model.approved", $"models/a/{i}", "Gründe: \"gut\"."), default);
        using var file = new MemoryStream();
        await AuditExport.WriteAsync(_log, file, _time.Now, default);
        return file.ToArray();
    }

    private static async Task<AuditExportVerification> VerifyAsync(byte[] file, AuditPublicKey? trusted = null) =>
        await AuditExport.VerifyAsync(new MemoryStream(file), trusted, default);

    [Fact]
    public async Task A_log_as_it_was_written_is_intact()
    {
        var found = await VerifyAsync(await ExportAsync(230), _signer.PublicKey);
        Assert.Empty(found.Log.Faults);
        Assert.Equal((230, 3, _signer.PublicKey.Fingerprint, _time.Now), (found.Log.Head.Sequence, found.Log.Checkpoints, found.Key, found.At));
    }

    [Fact]
    public async Task A_log_without_entries_is_intact() => Assert.True((await VerifyAsync(await ExportAsync(0))).Log.IsIntact);

    [Fact]
    public async Task Any_byte_that_is_changed_removed_or_added_is_found()
    {
        var file = await ExportAsync(104);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(600), Prop.ForAll<int, byte, byte>((place, value, how) =>
        {
            var at = (int)((uint)place * 2654435761u % (uint)file.Length);
            var changed = file.ToList();
            switch (how % 3)
            {
                case 0: changed[at] ^= (byte)(value % 255 + 1); break;
                case 1: changed.RemoveAt(at); break;
                default: changed.Insert(at, value); break;
            }
            return changed.SequenceEqual(file) || !VerifyAsync([.. changed]).GetAwaiter().GetResult().Log.IsIntact;
        }));
    }

    [Fact]
    public async Task Every_byte_of_the_signed_lines_counts()
    {
        var file = await ExportAsync(1);
        // Each bit of a small file, so that no byte of the head, an entry or a checkpoint is left to chance.
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                file[at] ^= (byte)(1 << bit);
                Assert.False((await VerifyAsync(file)).Log.IsIntact, $"byte {at}, bit {bit}");
                file[at] ^= (byte)(1 << bit);
            }
        }
        Assert.True((await VerifyAsync(file)).Log.IsIntact);
    }

    [Fact]
    public async Task Lines_that_are_removed_swapped_or_repeated_are_found()
    {
        var lines = Encoding.UTF8.GetString(await ExportAsync(130)).TrimEnd('\n').Split('\n');
        byte[] Join(IEnumerable<string> changed) => Encoding.UTF8.GetBytes(string.Concat(changed.Select(l => l + "\n")));
        Assert.True((await VerifyAsync(Join(lines))).Log.IsIntact);
        for (var i = 0; i < lines.Length; i++)
        {
            Assert.False((await VerifyAsync(Join(lines.Where((_, at) => at != i)))).Log.IsIntact, $"without line {i}");
            Assert.False((await VerifyAsync(Join([.. lines[..i], lines[i], .. lines[i..]]))).Log.IsIntact, $"line {i} twice");
            Assert.False((await VerifyAsync(Join(lines[..i]))).Log.IsIntact, $"cut off at line {i}");
            if (i > 0) Assert.False((await VerifyAsync(Join([.. lines[..(i - 1)], lines[i], lines[i - 1], .. lines[(i + 1)..]]))).Log.IsIntact, $"lines {i - 1} and {i} swapped");
        }
    }

    [Fact]
    public async Task The_first_bad_entry_is_named()
    {
        var lines = Encoding.UTF8.GetString(await ExportAsync(50)).Split('\n');
        lines[7] = lines[7].Replace("approved", "rejected", StringComparison.Ordinal);
        var found = await VerifyAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        Assert.Equal(7, found.Log.FirstBad);
        Assert.Equal("Entry 7 or 8 was changed: the one does not follow the other.", found.Log.Faults[0].Problem);
    }

    [Fact]
    public async Task A_log_that_was_written_anew_with_another_key_is_found_by_the_key_that_is_trusted()
    {
        await ExportAsync(5);
        using var forger = new AuditSigner(_folder["forged.key"]);
        using var tables = new LocalTableStore(_folder["forged.db"]);
        var forged = new AuditLog(tables, _time, forger);
        for (var i = 0; i < 5; i++) await forged.AppendAsync(new("nobody", "model.approved", "models/a/1", "It was always so."), default);
        using var file = new MemoryStream();
        await AuditExport.WriteAsync(forged, file, _time.Now, default);
        Assert.True((await VerifyAsync(file.ToArray())).Log.IsIntact);
        var found = await VerifyAsync(file.ToArray(), _signer.PublicKey);
        Assert.Contains("signed with another key", Assert.Single(found.Log.Faults).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}\n")]
    [InlineData("{\"format\":\"mlops-audit-1\"}\n")]
    [InlineData("{\"format\":\"mlops-audit-1\",\"head\":{\"sequence\":0,\"hash\":\"\"},\"checkpoints\":0,\"at\":\"2001-01-01T00:00:00+00:00\",\"publicKey\":\"x\",\"signature\":\"\"}\n")]
    [InlineData("not a log")]
    public async Task What_is_no_exported_log_is_refused(string text) => Assert.False((await VerifyAsync(Encoding.UTF8.GetBytes(text))).Log.IsIntact);

    [Fact]
    public async Task A_line_without_end_is_given_up() =>
        Assert.False((await VerifyAsync([.. await ExportAsync(1), .. Enumerable.Repeat((byte)'a', 3 * 1024 * 1024)])).Log.IsIntact);
}
