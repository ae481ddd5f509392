using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;
using MlOps.Storage.Tests.Blobs;

namespace MlOps.Storage.Tests.Local;

public sealed class LocalBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly LocalBlobStore _blobs;

    public LocalBlobStoreTests() => _blobs = Open();

    protected override IBlobStore Blobs => _blobs;

    public void Dispose() => _folder.Dispose();

    private LocalBlobStore Open() => new(_folder.Path, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, _time);

    [Fact]
    public void Any_sequence_of_steps_has_the_results_of_a_dictionary() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(BlobStep.Sequences(), steps =>
        {
            using var folder = new TemporaryFolder();
            var model = new BlobStoreModel(new LocalBlobStore(folder.Path, new LocalBlobStoreOptions(), _time));
            foreach (var step in steps) model.TakeAsync(step).GetAwaiter().GetResult();
        }));

    [Fact]
    public async Task A_blob_is_a_plain_file_at_its_name()
    {
        await WriteAsync("incoming/flights/2001-01.csv", "date,delay\n");
        Assert.Equal("date,delay\n", await File.ReadAllTextAsync(_folder["incoming/flights/2001-01.csv"]));
        await File.WriteAllTextAsync(_folder["incoming/flights/2001-02.csv"], "dropped");
        Assert.Equal("dropped", Text(await Blobs.TryReadAsync("incoming/flights/2001-02.csv", default)));
    }

    [Theory]
    [InlineData("system/tables.db")]
    [InlineData("SYSTEM/x")]
    [InlineData("system")]
    [InlineData(".store/locks/00")]
    public async Task Reserved_names_are_refused(string name)
    {
        Assert.Contains("kept for others", (await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync(name, "x"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BlobNameException>(() => Blobs.TryReadAsync(name, default));
    }

    [Fact]
    public async Task Reserved_folders_are_not_listed()
    {
        Directory.CreateDirectory(_folder["system"]);
        await File.WriteAllTextAsync(_folder["system/tables.db"], "x");
        await WriteAsync("systems", "x");
        Assert.Equal(["systems"], await NamesAsync(""));
        Assert.Equal(["systems"], await NamesAsync("sys"));
        await Assert.ThrowsAsync<BlobNameException>(() => NamesAsync("system/"));
    }

    [Fact]
    public async Task A_link_dropped_into_the_folder_leads_nowhere()
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside["secret"], "secret");
        Directory.CreateDirectory(_folder["incoming"]);
        File.CreateSymbolicLink(_folder["incoming/file"], outside["secret"]);
        Directory.CreateSymbolicLink(_folder["incoming/folder"], outside.Path);

        Assert.Empty(await NamesAsync(""));
        Assert.Empty(await NamesAsync("incoming/folder/"));
        Assert.Null(await Blobs.TryReadAsync("incoming/file", default));
        Assert.Null(await Blobs.TryReadAsync("incoming/folder/secret", default));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Blobs.OpenReadAsync("incoming/folder/secret", default));
        await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync("incoming/folder/secret", "overwritten"));
        await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync("incoming/folder/deep/new", "x"));
        await Blobs.DeleteAsync("incoming/folder/secret", default);
        Assert.Equal("secret", await File.ReadAllTextAsync(outside["secret"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(outside.Path));
    }

    [Fact]
    public async Task Writing_over_a_dropped_link_replaces_the_link_not_its_target()
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside["secret"], "secret");
        File.CreateSymbolicLink(_folder["file"], outside["secret"]);
        Assert.NotNull(await WriteAsync("file", "mine"));
        Assert.Equal("secret", await File.ReadAllTextAsync(outside["secret"]));
        Assert.Equal("mine", Text(await Blobs.TryReadAsync("file", default)));
    }

    [Fact]
    public async Task Uploading_a_link_copies_what_it_points_at()
    {
        using var outside = new TemporaryFolder();
        await File.WriteAllTextAsync(outside["model"], "graph");
        File.CreateSymbolicLink(outside["link"], outside["model"]);
        await Blobs.UploadAsync(outside["link"], "models/m", default);
        Assert.Equal("graph", Text(await Blobs.TryReadAsync("models/m", default)));
        Assert.Null(new FileInfo(_folder["models/m"]).LinkTarget);
        Assert.True(File.Exists(outside["model"]));
    }

    [Fact]
    public async Task Uploading_what_is_not_there_is_an_error_and_leaves_the_blob()
    {
        await WriteAsync("models/m", "before");
        await Assert.ThrowsAsync<FileNotFoundException>(() => Blobs.UploadAsync(_folder["none"], "models/m", default));
        Assert.Equal("before", Text(await Blobs.TryReadAsync("models/m", default)));
    }

    [Fact]
    public async Task A_name_that_is_a_folder_or_lies_below_a_blob_is_refused_with_the_reason()
    {
        await WriteAsync("a/b", "x");
        Assert.Contains("folder", (await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync("a", "x"))).Message, StringComparison.Ordinal);
        Assert.Contains("'a/b' is a blob", (await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync("a/b/c/d", "x"))).Message, StringComparison.Ordinal);
        Assert.Null(await Blobs.TryGetInfoAsync("a", default));
        Assert.Null(await Blobs.TryGetInfoAsync("a/b/c", default));
    }

    [Fact]
    public async Task ETags_stay_distinct_when_the_clock_is_set_back()
    {
        var first = await WriteAsync("a", "x");
        _time.Now -= TimeSpan.FromDays(1);
        var second = await WriteAsync("a", "x");
        Assert.NotEqual(first, second);
        Assert.Null(await WriteAsync("a", "x", WriteCondition.IfMatch(first!)));
        Assert.NotNull(await WriteAsync("a", "x", WriteCondition.IfMatch(second!)));
    }

    [Fact]
    public async Task Two_stores_on_one_folder_exclude_each_other()
    {
        var stores = new[] { Open(), Open() };
        await WriteAsync("counter", "0");
        await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            for (var done = 0; done < 40;)
            {
                var current = await store.TryReadAsync("counter", default);
                if (await store.TryWriteAsync("counter", Bytes($"{int.Parse(Text(current)) + 1}"), WriteCondition.IfMatch(current!.ETag), default) is not null) done++;
            }
        })));
        Assert.Equal("80", Text(await Blobs.TryReadAsync("counter", default)));
    }

    [Fact]
    public async Task A_cancelled_write_leaves_neither_blob_nor_remains()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Blobs.TryWriteAsync("a", Bytes("x"), WriteCondition.None, cancelled.Token));
        Assert.Null(await Blobs.TryReadAsync("a", default));
        Assert.Empty(Directory.EnumerateFiles(_folder[".store/writing"]));
    }

    [Fact]
    public void Remains_of_a_writer_that_died_go_after_an_hour_those_of_a_live_one_stay()
    {
        var (dead, young, live) = (_folder[".store/writing/dead"], _folder[".store/writing/young"], _folder[".store/writing/live"]);
        foreach (var path in new[] { dead, young, live }) File.WriteAllText(path, "half");
        using var held = new FileStream(live, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        foreach (var path in new[] { dead, live }) File.SetLastWriteTimeUtc(path, _time.Now.UtcDateTime.AddHours(-2));
        File.SetLastWriteTimeUtc(young, _time.Now.UtcDateTime);
        Open();
        Assert.Equal((false, true, true), (File.Exists(dead), File.Exists(young), File.Exists(live)));
    }
}
