using MlOps.Core.Datasets;
using MlOps.Storage.Audit;
using MlOps.Storage.Datasets;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Datasets;

public sealed class DatasetDecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly LocalTableStore _tables;
    private readonly AuditLog _audit;
    private readonly DatasetCatalog _catalog;

    public DatasetDecisionTests()
    {
        _tables = new LocalTableStore(_folder["tables.db"]);
        _audit = new AuditLog(_tables, _time);
        _catalog = new DatasetCatalog(_tables, _audit, _time);
    }

    public void Dispose()
    {
        _tables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_version_is_found_by_digits_by_their_start_and_by_tag()
    {
        var one = await AddAsync('a');
        await AddAsync('b');
        await _catalog.TagAsync(one, "reviewed", "ann", default);
        Assert.Equal(one.Version, (await _catalog.TryGetAsync("flights", one.Version, default))!.Version);
        Assert.Equal(one.Version, (await _catalog.TryGetAsync("flights", "aa", default))!.Version);
        Assert.Equal(one.Version, (await _catalog.TryGetAsync("flights", "reviewed", default))!.Version);
        Assert.Null(await _catalog.TryGetAsync("flights", "c", default));
        Assert.Null(await _catalog.TryGetAsync("flights", "unknown", default));
        Assert.Null(await _catalog.TryGetAsync("flights", "../a", default));
    }

    [Fact]
    public async Task A_start_that_several_versions_share_names_none_of_them()
    {
        await _catalog.AddAsync(Record("ab" + new string('0', 62)), default);
        await _catalog.AddAsync(Record("ab" + new string('1', 62)), default);
        Assert.Null(await _catalog.TryGetAsync("flights", "ab", default));
        Assert.NotNull(await _catalog.TryGetAsync("flights", "ab1", default));
    }

    [Fact]
    public async Task A_tag_moves_and_the_audit_log_knows_from_where()
    {
        var (one, two) = (await AddAsync('a'), await AddAsync('b'));
        await _catalog.TagAsync(one, "good", "ann", default);
        await _catalog.TagAsync(two, "good", "bob", default);
        Assert.Equal(two.Version, Assert.Single(await _catalog.ListTagsAsync("flights", default)).Version);
        var last = (await _audit.ListAsync(new AuditQuery(), default)).Entries[0].Event;
        Assert.Equal(("bob", "dataset.tagged", one.Version, two.Version), (last.Actor, last.Action, last.Before, last.After));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Good")]
    [InlineData("a b")]
    [InlineData("../x")]
    [InlineData("good\n")]
    [InlineData("face")]
    [InlineData("3f2a")]
    public async Task What_could_be_mistaken_for_something_else_is_no_tag(string tag)
    {
        var one = await AddAsync('a');
        await Assert.ThrowsAsync<FormatException>(() => _catalog.TagAsync(one, tag, "ann", default));
        Assert.Empty(await _catalog.ListTagsAsync("flights", default));
    }

    [Fact]
    public async Task Adding_the_same_content_again_keeps_the_first_record()
    {
        var first = await AddAsync('a');
        var again = await _catalog.AddAsync(first with { RunId = "run-later" }, default);
        Assert.Equal("run-a", again.RunId);
        Assert.Single(await _catalog.ListAsync("flights", default));
    }

    [Fact]
    public async Task After_a_rollback_only_that_version_and_those_before_are_trained_on_until_new_data_arrives()
    {
        var versions = new[] { await AddAsync('a'), await AddAsync('b'), await AddAsync('c') };
        var later = await _catalog.RollBackAsync(versions[1], "ann", "March is broken.", default);
        Assert.Equal([versions[2].Version], later.Select(d => d.Version));
        Assert.Equal("b", await UsableAsync(window: null, anchor: versions[1]));
        Assert.Equal("ab", await UsableAsync(TimeSpan.FromDays(365), versions[1]));

        var fresh = await AddAsync('d');
        Assert.Equal(fresh.Version, (await _catalog.ListAsync("flights", default)).First(d => d.IsUsable).Version);
        Assert.Equal("abd", await UsableAsync(TimeSpan.FromDays(365), fresh));
        var audited = (await _audit.ListAsync(new AuditQuery { Subject = "datasets/flights" }, default)).Entries[0].Event;
        Assert.Equal(("ann", "dataset.rolledback", "March is broken."), (audited.Actor, audited.Action, audited.Reason));
        Assert.Equal((versions[2].Version, versions[1].Version), (audited.Before, audited.After));
    }

    [Fact]
    public async Task Going_to_a_version_that_was_set_aside_takes_the_rollback_back()
    {
        var (one, two) = (await AddAsync('a'), await AddAsync('b'));
        await _catalog.RollBackAsync(one, "ann", "Broken.", default);
        Assert.False((await _catalog.TryGetAsync("flights", two.Version, default))!.IsUsable);
        await _catalog.RollBackAsync((await _catalog.TryGetAsync("flights", two.Version, default))!, "ann", "It was fine.", default);
        Assert.True((await _catalog.TryGetAsync("flights", two.Version, default))!.IsUsable);
    }

    [Fact]
    public async Task A_failing_version_is_no_target_of_a_rollback()
    {
        var one = await AddAsync('a', "rows >= 10");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => _catalog.RollBackAsync(one, "ann", "Why not.", default));
        Assert.Contains("accept it first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_acceptance_holds_for_the_checks_that_failed_then_and_for_no_other()
    {
        var failing = await AddAsync('a', "rows >= 10");
        Assert.False(failing.IsUsable);
        var accepted = await _catalog.AcceptAsync(failing, "ann", "A short month.", default);
        Assert.True(accepted.IsUsable);
        Assert.Equal(("ann", "A short month."), (accepted.Accepted!.By, accepted.Accepted.Reason));

        var worse = await _catalog.SetVerdictAsync("flights", failing.Version, Verdict("rows >= 10", "unique id"), "quarantine/x/", default);
        Assert.False(worse!.IsUsable);
        var better = await _catalog.SetVerdictAsync("flights", failing.Version, Verdict(), "quarantine/x/", default);
        Assert.True(better!.IsUsable);
        Assert.Equal("dataset.accepted", (await _audit.ListAsync(new AuditQuery(), default)).Entries[0].Event.Action);
    }

    [Fact]
    public async Task There_is_nothing_to_accept_in_a_version_that_passed_or_was_not_validated()
    {
        var passed = await AddAsync('a');
        await Assert.ThrowsAsync<InvalidOperationException>(() => _catalog.AcceptAsync(passed, "ann", "Sure.", default));
        var unknown = await _catalog.AddAsync(Record(new string('b', 64)), default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _catalog.AcceptAsync(unknown, "ann", "Sure.", default));
    }

    private async Task<string> UsableAsync(TimeSpan? window, DatasetRecord anchor) =>
        string.Concat((await _catalog.SelectAsync("flights", anchor.Version, window, default)).Select(d => d.Version[0]));

    /// <summary>A version whose digits are all the same, ingested an hour and dated a day after the one before, and validated.</summary>
    private async Task<DatasetRecord> AddAsync(char digit, params string[] failed)
    {
        _time.Now += TimeSpan.FromHours(1);
        var record = Record(new string(digit, 64));
        await _catalog.AddAsync(record, default);
        return (await _catalog.SetVerdictAsync("flights", record.Version, Verdict(failed), "quarantine/x/", default))!;
    }

    private DatasetRecord Record(string version) => new()
    {
        Name = "flights",
        Version = version,
        Rows = 5,
        MinTime = new DateTime(2001, 1, version[0] - '0' < 10 ? 1 : version[0] - 'a' + 1),
        MaxTime = new DateTime(2001, 1, version[0] - '0' < 10 ? 2 : version[0] - 'a' + 2),
        RunId = $"run-{version[0]}",
        Sources = [],
        CreatedAt = _time.Now,
    };

    private static ValidationVerdict Verdict(params string[] failed) => new()
    {
        Passed = failed.Length is 0,
        Rows = 5,
        Kept = 5,
        Quarantined = 0,
        Checks = [.. failed.Select(f => new CheckResult(f, Passed: false, 1, "It is not met."))],
    };
}
