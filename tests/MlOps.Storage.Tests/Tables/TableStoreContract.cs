using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Tables;

/// <summary>What every table store must do. A store's own test class derives from it.</summary>
public abstract class TableStoreContract
{
    protected const string Table = "models";

    protected abstract ITableStore Tables { get; }

    protected Task<string?> WriteAsync(string partition, string row, string json, WriteCondition? condition = null) =>
        Tables.TryWriteAsync(Table, partition, row, json, condition ?? WriteCondition.None, default);

    /// <summary>Every page of a query, in pages of a size.</summary>
    protected async Task<string[]> KeysAsync(TableQuery query)
    {
        var keys = new List<string>();
        for (var token = query.ContinuationToken; ;)
        {
            var page = await Tables.QueryAsync(Table, query with { ContinuationToken = token }, default);
            Assert.True(page.Rows.Count <= query.Take);
            keys.AddRange(page.Rows.Select(r => $"{r.Partition}|{r.Row}"));
            if ((token = page.ContinuationToken) is null) return [.. keys];
        }
    }

    [Fact]
    public async Task What_was_written_is_read_with_the_ETag_of_the_write()
    {
        var eTag = await WriteAsync("flights", "7", """{"stage":"deployed","note":"é '\" 😀"}""");
        Assert.Equal(new TableRow("flights", "7", """{"stage":"deployed","note":"é '\" 😀"}""", eTag!), await Tables.TryGetAsync(Table, "flights", "7", default));
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_its_deletion_no_error()
    {
        Assert.Null(await Tables.TryGetAsync(Table, "flights", "7", default));
        await Tables.DeleteAsync(Table, "flights", "7", default);
        Assert.Empty((await Tables.QueryAsync(Table, new TableQuery(), default)).Rows);
    }

    [Fact]
    public async Task Tables_partitions_and_rows_keep_apart()
    {
        await WriteAsync("a", "b", """{"n":1}""");
        await Tables.TryWriteAsync("other", "a", "b", """{"n":2}""", WriteCondition.None, default);
        await WriteAsync("b", "a", """{"n":3}""");
        Assert.Equal("""{"n":1}""", (await Tables.TryGetAsync(Table, "a", "b", default))!.Json);
        await Tables.DeleteAsync(Table, "a", "b", default);
        Assert.Equal("""{"n":2}""", (await Tables.TryGetAsync("other", "a", "b", default))!.Json);
        Assert.Equal(["b|a"], await KeysAsync(new TableQuery()));
    }

    [Fact]
    public async Task Every_write_has_an_ETag_of_its_own()
    {
        var eTags = new HashSet<string?>();
        for (var i = 0; i < 20; i++) Assert.True(eTags.Add(await WriteAsync("p", "r", "{}")));
        await Tables.DeleteAsync(Table, "p", "r", default);
        Assert.True(eTags.Add(await WriteAsync("p", "r", "{}")));
    }

    [Fact]
    public async Task Conditions_are_met_or_nothing_is_written()
    {
        var first = await WriteAsync("p", "r", """{"n":1}""", WriteCondition.IfAbsent);
        Assert.NotNull(first);
        Assert.Null(await WriteAsync("p", "r", """{"n":2}""", WriteCondition.IfAbsent));
        var second = await WriteAsync("p", "r", """{"n":3}""", WriteCondition.IfMatch(first));
        Assert.NotNull(second);
        Assert.Null(await WriteAsync("p", "r", """{"n":4}""", WriteCondition.IfMatch(first)));
        Assert.Null(await WriteAsync("p", "r", """{"n":4}""", WriteCondition.IfMatch("no ETag of ours")));
        Assert.Null(await WriteAsync("p", "none", """{"n":4}""", WriteCondition.IfMatch(second)));
        Assert.Equal("""{"n":3}""", (await Tables.TryGetAsync(Table, "p", "r", default))!.Json);
    }

    [Fact]
    public async Task Of_many_creators_exactly_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => WriteAsync("p", "r", $$"""{"n":{{i}}}""", WriteCondition.IfAbsent))));
        var winner = Assert.Single(Enumerable.Range(0, 32), i => results[i] is not null);
        Assert.Equal($$"""{"n":{{winner}}}""", (await Tables.TryGetAsync(Table, "p", "r", default))!.Json);
    }

    [Fact]
    public async Task Pages_follow_one_another_in_order_without_gap_or_repetition()
    {
        foreach (var partition in new[] { "b", "a", "ä", "A" })
            foreach (var row in new[] { "2", "10", "1", "é" }) await WriteAsync(partition, row, "{}");
        string[] ascending = ["A|1", "A|10", "A|2", "A|é", "a|1", "a|10", "a|2", "a|é", "b|1", "b|10", "b|2", "b|é", "ä|1", "ä|10", "ä|2", "ä|é"];
        for (var take = 1; take <= 17; take++)
        {
            Assert.Equal(ascending, await KeysAsync(new TableQuery { Take = take }));
            Assert.Equal(ascending.Reverse(), await KeysAsync(new TableQuery { Take = take, Descending = true }));
        }
        Assert.Equal(["a|1", "a|10", "a|2", "a|é"], await KeysAsync(new TableQuery { Partition = "a", Take = 3 }));
        Assert.Equal(["a|10", "a|1"], await KeysAsync(new TableQuery { Partition = "a", RowPrefix = "1", Take = 1, Descending = true }));
        Assert.Equal(["A|1", "A|10", "a|1", "a|10", "b|1", "b|10", "ä|1", "ä|10"], await KeysAsync(new TableQuery { RowPrefix = "1", Take = 3 }));
        Assert.Equal(["a|é"], await KeysAsync(new TableQuery { Partition = "a", RowPrefix = "é" }));
    }

    [Fact]
    public async Task A_query_may_begin_at_a_row()
    {
        foreach (var row in new[] { "1", "10", "2", "3" }) await WriteAsync("p", row, "{}");
        Assert.Equal(["p|2", "p|3"], await KeysAsync(new TableQuery { Partition = "p", RowFrom = "10!", Take = 1 }));
        Assert.Equal(["p|3", "p|2"], await KeysAsync(new TableQuery { Partition = "p", RowFrom = "2", Take = 1, Descending = true }));
        Assert.Equal(["p|10"], await KeysAsync(new TableQuery { RowPrefix = "1", RowFrom = "10" }));
        Assert.Empty(await KeysAsync(new TableQuery { Partition = "p", RowFrom = "4" }));
    }

    [Fact]
    public async Task Many_documents_are_inserted_where_there_are_none_yet()
    {
        await WriteAsync("p1", "0007", """{"n":"before"}""");
        var documents = Enumerable.Range(0, 250).Select(i => new NewTableDocument($"p{i % 2}", $"{i:D4}", $$"""{"n":{{i}}}""")).ToList();
        Assert.Equal([new TableDocumentKey("p1", "0007")], await Tables.InsertAllAsync(Table, documents, default));
        Assert.Equal("""{"n":"before"}""", (await Tables.TryGetAsync(Table, "p1", "0007", default))!.Json);
        Assert.Equal("""{"n":248}""", (await Tables.TryGetAsync(Table, "p0", "0248", default))!.Json);
        Assert.Equal(250, (await KeysAsync(new TableQuery())).Length);
        Assert.Equal(250, (await Tables.InsertAllAsync(Table, documents, default)).Count);
        Assert.Empty(await Tables.InsertAllAsync(Table, [], default));
    }

    [Fact]
    public async Task Large_documents_are_inserted_together_as_well()
    {
        var documents = Enumerable.Range(0, 9).Select(i => new NewTableDocument("p", $"{i}", $$"""{"a":"{{new string((char)('a' + i), 500 * 1024 - 8)}}"}""")).ToList();
        Assert.Empty(await Tables.InsertAllAsync(Table, documents, default));
        foreach (var document in documents) Assert.Equal(document.Json, (await Tables.TryGetAsync(Table, "p", document.Row, default))!.Json);
    }

    [Fact]
    public async Task A_document_of_any_characters_comes_back_as_it_was()
    {
        // A pair of surrogates at every place where a property could end.
        foreach (var pad in new[] { 0, 1 })
        {
            var json = $$"""{"a":"{{new string('x', pad)}}{{string.Concat(Enumerable.Repeat("😀", 60_000))}}\u0000\"é"}""";
            await WriteAsync("p", "r", json);
            Assert.Equal(json, (await Tables.TryGetAsync(Table, "p", "r", default))!.Json);
        }
    }

    [Fact]
    public async Task A_page_goes_on_behind_its_last_document_even_when_that_is_deleted()
    {
        foreach (var row in new[] { "1", "2", "3" }) await WriteAsync("p", row, "{}");
        var page = await Tables.QueryAsync(Table, new TableQuery { Take = 2 }, default);
        await Tables.DeleteAsync(Table, "p", "2", default);
        Assert.Equal(["p|3"], await KeysAsync(new TableQuery { ContinuationToken = page.ContinuationToken }));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("a*")]
    [InlineData("'")]
    public async Task A_prefix_is_taken_literally(string prefix)
    {
        foreach (var row in new[] { "a", "ab", "a*", "x'y" }) await WriteAsync("p", row, "{}");
        await WriteAsync("p", $"{prefix}!", "{}");
        Assert.Equal(new[] { "a*", $"{prefix}!" }.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(k => $"p|{k}"),
            await KeysAsync(new TableQuery { RowPrefix = prefix }));
    }

    public static TheoryData<string> BadKeys => ["", "a/b", "a\\b", "a#b", "a?b", "a\tb", "\0", "\u0085", new string('k', 513)];

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task A_key_that_Azure_would_refuse_is_refused_here_too(string key)
    {
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.TryGetAsync(Table, key, "r", default));
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.TryGetAsync(Table, "p", key, default));
        await Assert.ThrowsAsync<TableKeyException>(() => WriteAsync(key, "r", "{}"));
        await Assert.ThrowsAsync<TableKeyException>(() => WriteAsync("p", key, "{}"));
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.DeleteAsync(Table, key, "r", default));
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.DeleteAsync(Table, "p", key, default));
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.QueryAsync(Table, new TableQuery { Partition = key }, default));
    }

    [Fact]
    public async Task Half_a_character_is_no_key()
    {
        // Not in the list above: test runners write their data as UTF-8, which has no halves.
        foreach (var key in new[] { "\ud800", "a\udc00b", "\udc00\ud800" }) await Assert.ThrowsAsync<TableKeyException>(() => WriteAsync("p", key, "{}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("Abc")]
    [InlineData("1ab")]
    [InlineData("a-b-c")]
    [InlineData("abc\n")]
    public async Task A_table_s_name_has_a_rule(string table) =>
        await Assert.ThrowsAsync<TableKeyException>(() => Tables.TryGetAsync(table, "p", "r", default));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("null")]
    public async Task A_document_is_one_JSON_object(string json) =>
        Assert.Contains("models/p/r", (await Assert.ThrowsAsync<TableDocumentException>(() => WriteAsync("p", "r", json))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_document_has_at_most_500_KiB()
    {
        string Document(int bytes) => $$"""{"a":"{{new string('x', bytes - 8)}}"}""";
        Assert.NotNull(await WriteAsync("p", "r", Document(500 * 1024)));
        await Assert.ThrowsAsync<TableDocumentException>(() => WriteAsync("p", "r", Document(500 * 1024 + 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("WzFd")]
    public async Task A_continuation_token_of_somebody_else_is_refused(string token) =>
        await Assert.ThrowsAsync<FormatException>(() => Tables.QueryAsync(Table, new TableQuery { ContinuationToken = token }, default));

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task A_page_has_1_to_1000_documents(int take) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Tables.QueryAsync(Table, new TableQuery { Take = take }, default));
}
