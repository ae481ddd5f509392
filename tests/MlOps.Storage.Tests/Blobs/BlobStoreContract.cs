using System.Text;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Tests.Blobs;

/// <summary>What every blob store must do. A store's own test class derives from it.</summary>
public abstract class BlobStoreContract
{
    protected abstract IBlobStore Blobs { get; }

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(BlobContent? blob) => Encoding.UTF8.GetString(Assert.IsType<BlobContent>(blob).Content.Span);

    protected Task<string?> WriteAsync(string name, string text, WriteCondition? condition = null) =>
        Blobs.TryWriteAsync(name, Bytes(text), condition ?? WriteCondition.None, default);

    protected async Task<string[]> NamesAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var info in Blobs.ListAsync(prefix, default)) names.Add(info.Name);
        return [.. names];
    }

    [Fact]
    public async Task What_was_written_is_read_with_the_ETag_of_the_write()
    {
        var eTag = await WriteAsync("models/flights/1/card.md", "a model");
        var blob = await Blobs.TryReadAsync("models/flights/1/card.md", default);
        Assert.Equal("a model", Text(blob));
        Assert.Equal(eTag, blob!.ETag);
        var info = await Blobs.TryGetInfoAsync("models/flights/1/card.md", default);
        Assert.Equal(("models/flights/1/card.md", 7L, eTag), (info!.Name, info.Length, info.ETag));
        await using var stream = await Blobs.OpenReadAsync("models/flights/1/card.md", default);
        Assert.Equal("a model", await new StreamReader(stream).ReadToEndAsync());
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        Assert.NotNull(await WriteAsync("runs/1/done", ""));
        Assert.Equal(0, (await Blobs.TryGetInfoAsync("runs/1/done", default))!.Length);
        Assert.Equal("", Text(await Blobs.TryReadAsync("runs/1/done", default)));
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_an_error_that_names_it()
    {
        Assert.Null(await Blobs.TryGetInfoAsync("runs/none", default));
        Assert.Null(await Blobs.TryReadAsync("runs/none", default));
        var error = await Assert.ThrowsAsync<BlobNotFoundException>(() => Blobs.OpenReadAsync("runs/none", default));
        Assert.Equal("runs/none", error.BlobName);
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Blobs.AsLocalFileAsync("runs/none", default));
        await Blobs.DeleteAsync("runs/none", default);
    }

    [Fact]
    public async Task Every_write_has_an_ETag_of_its_own_even_of_the_same_content()
    {
        var eTags = new HashSet<string?>();
        for (var i = 0; i < 50; i++) Assert.True(eTags.Add(await WriteAsync("endpoints/e/manifest.json", i % 2 is 0 ? "a" : "b")));
        await Blobs.DeleteAsync("endpoints/e/manifest.json", default);
        Assert.True(eTags.Add(await WriteAsync("endpoints/e/manifest.json", "a")));
    }

    [Fact]
    public async Task A_write_if_absent_leaves_what_is_there()
    {
        Assert.NotNull(await WriteAsync("runs/1/verdict.json", "first", WriteCondition.IfAbsent));
        Assert.Null(await WriteAsync("runs/1/verdict.json", "second", WriteCondition.IfAbsent));
        Assert.Equal("first", Text(await Blobs.TryReadAsync("runs/1/verdict.json", default)));
    }

    [Fact]
    public async Task A_write_if_match_needs_the_latest_ETag()
    {
        var first = await WriteAsync("endpoints/e/manifest.json", "1");
        var second = await WriteAsync("endpoints/e/manifest.json", "2", WriteCondition.IfMatch(first!));
        Assert.NotNull(second);
        Assert.Null(await WriteAsync("endpoints/e/manifest.json", "3", WriteCondition.IfMatch(first!)));
        Assert.Null(await WriteAsync("endpoints/none/manifest.json", "3", WriteCondition.IfMatch(first!)));
        Assert.Equal("2", Text(await Blobs.TryReadAsync("endpoints/e/manifest.json", default)));
    }

    [Fact]
    public async Task Of_many_creators_exactly_one_wins_and_its_content_stays()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => WriteAsync("runs/1/marker", $"{i}", WriteCondition.IfAbsent))));
        var winner = Assert.Single(Enumerable.Range(0, 32), i => results[i] is not null);
        Assert.Equal($"{winner}", Text(await Blobs.TryReadAsync("runs/1/marker", default)));
    }

    [Fact]
    public async Task Counting_up_under_IfMatch_loses_no_step()
    {
        await WriteAsync("runs/1/counter", "0");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 10;)
            {
                var current = await Blobs.TryReadAsync("runs/1/counter", default);
                if (await WriteAsync("runs/1/counter", $"{int.Parse(Text(current)) + 1}", WriteCondition.IfMatch(current!.ETag)) is not null) done++;
            }
        })));
        Assert.Equal("80", Text(await Blobs.TryReadAsync("runs/1/counter", default)));
    }

    [Fact]
    public async Task A_reader_sees_one_write_or_the_other_never_a_mixture()
    {
        var contents = Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 20_000 * (i + 1))).ToArray();
        await WriteAsync("models/m/model.onnx", contents[0]);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++) await WriteAsync("models/m/model.onnx", contents[i % 4]);
            await stop.CancelAsync();
        });
        while (!stop.IsCancellationRequested) Assert.Contains(Text(await Blobs.TryReadAsync("models/m/model.onnx", default)), contents);
        await writer;
    }

    [Fact]
    public async Task A_list_has_the_blobs_of_a_prefix_in_ordinal_order()
    {
        foreach (var name in new[] { "d/b", "d/a/z", "d/a-b", "d/a0", "d/B", "d/ä", "da", "e/x", "d/a/sub/y" }) await WriteAsync(name, name);
        Assert.Equal(["d/B", "d/a-b", "d/a/sub/y", "d/a/z", "d/a0", "d/b", "d/ä"], await NamesAsync("d/"));
        Assert.Equal(["d/a-b", "d/a/sub/y", "d/a/z", "d/a0"], await NamesAsync("d/a"));
        Assert.Equal(["d/a/sub/y", "d/a/z"], await NamesAsync("d/a/"));
        Assert.Equal(9, (await NamesAsync("")).Length);
        Assert.Empty(await NamesAsync("none/"));
    }

    [Fact]
    public async Task A_move_takes_the_content_along_and_may_be_repeated()
    {
        var old = await WriteAsync("quarantine/f/x.csv", "old");
        await WriteAsync("incoming/f/x.csv", "new");
        await Blobs.MoveAsync("incoming/f/x.csv", "quarantine/f/x.csv", default);
        await Blobs.MoveAsync("incoming/f/x.csv", "quarantine/f/x.csv", default);
        Assert.Null(await Blobs.TryReadAsync("incoming/f/x.csv", default));
        var moved = await Blobs.TryReadAsync("quarantine/f/x.csv", default);
        Assert.Equal("new", Text(moved));
        Assert.NotEqual(old, moved!.ETag);
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Blobs.MoveAsync("incoming/none", "quarantine/none", default));
    }

    [Fact]
    public async Task A_move_onto_itself_changes_nothing()
    {
        await WriteAsync("incoming/f/x.csv", "x");
        await Blobs.MoveAsync("incoming/f/x.csv", "incoming/f/x.csv", default);
        Assert.Equal("x", Text(await Blobs.TryReadAsync("incoming/f/x.csv", default)));
    }

    [Fact]
    public async Task A_local_file_becomes_a_blob_and_a_blob_a_local_file()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["model.onnx"], "graph");
        await WriteAsync("models/m/model.onnx", "before");
        var eTag = await Blobs.UploadAsync(folder["model.onnx"], "models/m/model.onnx", default);
        Assert.Equal(eTag, (await Blobs.TryGetInfoAsync("models/m/model.onnx", default))!.ETag);
        using (var file = await Blobs.AsLocalFileAsync("models/m/model.onnx", default))
            Assert.Equal("graph", await File.ReadAllTextAsync(file.Path));
        Assert.Equal("graph", Text(await Blobs.TryReadAsync("models/m/model.onnx", default)));
    }

    [Fact]
    public async Task Of_local_files_that_would_be_the_same_blob_the_first_is()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["first"], "first");
        await File.WriteAllTextAsync(folder["second"], "second");
        var eTag = await Blobs.TryCreateAsync(folder["first"], "scored/rows.csv", default);
        Assert.Null(await Blobs.TryCreateAsync(folder["second"], "scored/rows.csv", default));
        Assert.Equal("first", Text(await Blobs.TryReadAsync("scored/rows.csv", default)));
        Assert.Equal(eTag, (await Blobs.TryGetInfoAsync("scored/rows.csv", default))!.ETag);
    }

    public static TheoryData<string> BadNames =>
    [
        "", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a/.", "a\\b", "a\nb", "a\0b", "\u007f", "a\u0085b", 
        new string('a', 1025), "d/" + new string('ä', 128),
    ];

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task A_name_that_is_no_plain_relative_path_is_refused_everywhere(string name)
    {
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.TryGetInfoAsync(name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.OpenReadAsync(name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.TryReadAsync(name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync(name, "x"));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.UploadAsync("/dev/null", name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.AsLocalFileAsync(name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.MoveAsync("a", name, default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.MoveAsync(name, "a", default));
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.DeleteAsync(name, default));
    }

    [Fact]
    public async Task Half_a_character_is_no_name()
    {
        // Not in the list above: test runners write their data as UTF-8, which has no halves.
        foreach (var name in new[] { "\ud800", "a\udc00b", "\udc00\ud800" }) await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync(name, "x"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("a/../")]
    [InlineData("a//")]
    [InlineData("a\\")]
    public async Task A_prefix_with_which_no_name_begins_is_refused(string prefix) =>
        await Assert.ThrowsAsync<BlobNameException>(() => NamesAsync(prefix));

    [Theory]
    [InlineData("a b")]
    [InlineData("…")]
    [InlineData("..a")]
    [InlineData("a..b/c")]
    [InlineData("%2e%2e/x")]
    [InlineData("日本/データ.csv")]
    [InlineData("😀")]
    [InlineData("'; DROP TABLE blobs; --")]
    [InlineData("C:x")]
    public async Task Odd_but_plain_names_are_names(string name)
    {
        await WriteAsync(name, "x");
        Assert.Equal("x", Text(await Blobs.TryReadAsync(name, default)));
        Assert.Equal([name], await NamesAsync(""));
    }
}
