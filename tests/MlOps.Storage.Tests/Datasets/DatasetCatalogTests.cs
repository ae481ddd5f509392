using MlOps.Core.Datasets;
using MlOps.Storage.Datasets;

namespace MlOps.Storage.Tests.Datasets;

public sealed class DatasetCatalogTests : IDisposable
{
    private readonly Records _records = new();
    private readonly DatasetCatalog _catalog;

    public DatasetCatalogTests() => _catalog = new DatasetCatalog(_records.Tables, _records.Audit, _records.Time);

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task A_window_holds_the_versions_that_passed_and_reach_into_it_oldest_first()
    {
        await AddAsync("march", 3);
        await AddAsync("january", 1);
        await AddAsync("february", 2);
        await AddAsync("failed", 2, passed: false);
        await AddAsync("undecided", 2, passed: null);

        Assert.Equal(["january", "february", "march"], await SelectAsync("march", TimeSpan.FromDays(90)));
        // It ends with 28 March, and 28 days before that is 28 February: that month reaches into it with its last day.
        Assert.Equal(["february", "march"], await SelectAsync("march", TimeSpan.FromDays(28)));
        Assert.Equal(["march"], await SelectAsync("march", TimeSpan.FromDays(27)));
        Assert.Equal(["march"], await SelectAsync("march", null));
    }

    [Fact]
    public async Task The_given_version_is_always_there_however_old()
    {
        await AddAsync("march", 3);
        await AddAsync("january", 1, passed: null);
        Assert.Equal(["january", "march"], await SelectAsync("january", TimeSpan.FromDays(1)));
    }

    [Fact]
    public async Task What_failed_validation_does_not_move_the_window()
    {
        await AddAsync("march", 3);
        await AddAsync("february", 2);
        await _catalog.AddAsync(Records.Dataset("future", new(2099, 1, 1), new(2099, 1, 31), passed: false), default);
        Assert.Equal(["february", "march"], await SelectAsync("march", TimeSpan.FromDays(40)));
    }

    [Fact]
    public async Task Without_times_the_given_version_stands_alone()
    {
        await _catalog.AddAsync(Records.Dataset("one", null, null), default);
        await _catalog.AddAsync(Records.Dataset("two", null, null), default);
        Assert.Equal(["two"], await SelectAsync("two", TimeSpan.FromDays(90)));
    }

    [Fact]
    public async Task A_version_is_found_by_its_first_digits_when_they_are_those_of_one_only()
    {
        await AddAsync("abc1", 1);
        await AddAsync("abc2", 2);
        Assert.Equal("abc2", (await _catalog.TryGetAsync("flights", "abc2", default))!.Version);
        Assert.Null(await _catalog.TryGetAsync("flights", "abc", default));
        foreach (var none in (string[])["x", "%", "_", "abc_"]) Assert.Null(await _catalog.TryGetAsync("flights", none, default));
    }

    private Task<DatasetRecord> AddAsync(string version, int month, bool? passed = true) =>
        _catalog.AddAsync(Records.Dataset(version, new(2001, month, 1), new(2001, month, 28), passed), default);

    private async Task<IEnumerable<string>> SelectAsync(string version, TimeSpan? window) =>
        (await _catalog.SelectAsync("flights", version, window, default)).Select(d => d.Version);
}
