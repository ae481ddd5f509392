using MlOps.Storage.Azure.Tables;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;
using MlOps.Storage.Tests.Tables;

namespace MlOps.Storage.Tests.Azure;

public sealed class AzureTableStoreTests : TableStoreContract, IAsyncLifetime
{
    private AzureAccount _account = null!;

    protected override ITableStore Tables => _account.Tables;

    public async Task InitializeAsync() => _account = await AzureAccount.CreateAsync();

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Theory]
    [InlineData("a b+c")]
    [InlineData("100%")]
    [InlineData("%2F")]
    [InlineData("it's, isn't it''?!")]
    [InlineData("a,b)(='=;&@:$~")]
    [InlineData("日本 😀")]
    [InlineData("<>\"|*{}[]^`")]
    public async Task Odd_but_allowed_keys_are_keys(string text)
    {
        var key = text.Replace("?", "", StringComparison.Ordinal);
        var eTag = await WriteAsync(key, key, """{"n":1}""", WriteCondition.IfAbsent);
        Assert.Equal(new TableRow(key, key, """{"n":1}""", eTag!), await Tables.TryGetAsync(Table, key, key, default));
        Assert.NotNull(await WriteAsync(key, key, """{"n":2}""", WriteCondition.IfMatch(eTag!)));
        Assert.Equal([$"{key}|{key}"], await KeysAsync(new TableQuery { Partition = key, RowPrefix = key }));
        await Tables.InsertAllAsync(Table, [new(key, key + "2", "{}")], default);
        Assert.Equal([$"{key}|{key}", $"{key}|{key}2"], await KeysAsync(new TableQuery { Take = 1 }));
        await Tables.DeleteAsync(Table, key, key, default);
        Assert.Null(await Tables.TryGetAsync(Table, key, key, default));
    }

    [Fact]
    public async Task A_partition_of_more_than_a_page_of_the_service_is_read_in_both_directions()
    {
        await Tables.InsertAllAsync(Table, [.. Enumerable.Range(0, 2345).Select(i => new NewTableDocument("p", $"{i:D5}", "{}"))], default);
        string[] all = [.. Enumerable.Range(0, 2345).Select(i => $"p|{i:D5}")];
        Assert.Equal(all, await KeysAsync(new TableQuery { Partition = "p" }));
        Assert.Equal(all.Reverse(), await KeysAsync(new TableQuery { Partition = "p", Descending = true, Take = 1000 }));
        var newest = await Tables.QueryAsync(Table, new TableQuery { Partition = "p", Descending = true, Take = 2 }, default);
        Assert.Equal(["02344", "02343"], newest.Rows.Select(r => r.Row));
    }

    [Fact]
    public async Task A_table_whose_name_does_not_fit_behind_the_prefix_is_told_with_the_setting() =>
        Assert.Contains("Storage:TablePrefix", (await Assert.ThrowsAsync<TableKeyException>(() => Tables.TryGetAsync(new string('t', 63), "p", "r", default))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a", "b")]
    [InlineData("aé", "aê")]
    [InlineData("a\uFFFF", "b")]
    [InlineData("\uFFFF", null)]
    [InlineData("\uD7FF", "\U00010000")]
    [InlineData("😀", "😁")]
    [InlineData("a\U0010FFFF", "a\uE000")]
    public void Behind_all_texts_of_a_prefix_comes(string prefix, string? end) => Assert.Equal(end, TableFilter.FirstBehind(prefix));

    [Fact]
    public void Batches_are_of_one_partition_of_100_documents_and_4_MiB()
    {
        var small = Enumerable.Range(0, 205).Select(i => new NewTableDocument(i % 5 is 0 ? "a" : "b", $"{i}", "{}"));
        Assert.Equal([41, 100, 64], TableBatch.Split(small).Select(b => b.Count));
        var large = Enumerable.Range(0, 8).Select(i => new NewTableDocument("a", $"{i}", new string('x', 500 * 1024))).ToList();
        Assert.Equal([3, 3, 2], TableBatch.Split(large).Select(b => b.Count));
        Assert.Equal([1, 1], TableBatch.Split([small.First(), small.First()]).Select(b => b.Count));
    }
}
