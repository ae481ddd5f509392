using MlOps.Pipelines.Native;
using MlOps.Pipelines.Triggers;

namespace MlOps.Pipelines.Tests.Triggers;

public sealed class IncomingFolderTests : IDisposable
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _home = new();
    private readonly ManualTime _time = new(s_start);
    private readonly IncomingFolder _incoming;

    public IncomingFolderTests() => _incoming = new IncomingFolder(_home.Path, _time);

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A_folder_that_is_missing_is_made_and_empty()
    {
        Assert.True(_incoming.MayHaveFiles("flights"));
        Assert.Empty(List());
        Assert.True(Directory.Exists(_home["incoming/flights"]));
        Assert.False(_incoming.MayHaveFiles("flights"));
    }

    [Fact]
    public void Finished_files_are_listed_in_the_order_of_their_names()
    {
        foreach (var name in (string[])["b.csv", "a b.csv", "東京.csv", ".hidden", "_under", "x.part", "y.TMP", "z.crdownload", "w~"]) Write(name);
        Directory.CreateDirectory(_home["incoming/flights/folder.csv"]);
        Assert.Equal(["incoming/flights/a b.csv", "incoming/flights/b.csv", "incoming/flights/東京.csv"], List().Select(f => f.Name));
    }

    [Fact]
    public void A_file_has_changed_when_it_was_first_seen_so_and_again_when_it_grows()
    {
        Write("a.csv");
        File.SetLastWriteTimeUtc(_home["incoming/flights/a.csv"], new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(s_start, Assert.Single(List()).LastChanged);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(s_start, Assert.Single(List()).LastChanged);
        Write("a.csv", "longer than before");
        Assert.Equal(s_start.AddSeconds(10), Assert.Single(List()).LastChanged);
    }

    [Fact]
    public void A_file_that_went_and_came_again_is_a_new_one()
    {
        Write("a.csv");
        var written = File.GetLastWriteTimeUtc(_home["incoming/flights/a.csv"]);
        List();
        File.Delete(_home["incoming/flights/a.csv"]);
        List();
        _time.Advance(TimeSpan.FromSeconds(10));
        Write("a.csv");
        File.SetLastWriteTimeUtc(_home["incoming/flights/a.csv"], written);
        Assert.Equal(s_start.AddSeconds(10), Assert.Single(List()).LastChanged);
    }

    [Fact]
    public void What_cannot_be_named_is_unusable()
    {
        Write("back\\slash.csv");
        Write("new\nline.csv");
        Assert.All(List(), f => Assert.Equal(FileState.Unusable, f.State));
        Assert.Equal(2, List().Count);
    }

    [Fact]
    public void A_folder_is_one_with_all_its_files_and_as_new_as_the_newest()
    {
        Write("batch/a.csv");
        Write("batch/day=1/b.csv");
        Write(".staging/c.csv");
        Directory.CreateDirectory(_home["incoming/flights/empty/within"]);
        Assert.Equal(("incoming/flights/batch/", FileState.Complete), (Assert.Single(List()).Name, List()[0].State));
        _time.Advance(TimeSpan.FromSeconds(10));
        Write("batch/day=2/d.csv");
        Assert.Equal(s_start.AddSeconds(10), Assert.Single(List()).LastChanged);
    }

    [Theory]
    [InlineData("batch/b.csv.part", FileState.InUse)]
    [InlineData("batch/_temporary/0/b.csv", FileState.InUse)]
    [InlineData("batch/_SUCCESS", FileState.Complete)]
    [InlineData("batch/.DS_Store", FileState.Complete)]
    [InlineData("batch/back\\slash.csv", FileState.Unusable)]
    public void A_folder_is_as_its_worst_file(string name, object state)
    {
        Write("batch/a.csv");
        Write(name);
        Assert.Equal((FileState)state, Assert.Single(List()).State);
    }

    [Fact]
    public void A_link_makes_its_folder_unusable_and_is_told()
    {
        Write("batch/a.csv");
        Directory.CreateSymbolicLink(_home["incoming/flights/batch/etc"], "/etc");
        var folder = Assert.Single(List());
        Assert.Equal((FileState.Unusable, "incoming/flights/batch/etc"), (folder.State, folder.Culprit));
    }

    [Fact]
    public void Marks_alone_make_no_folder()
    {
        Write("batch/_SUCCESS");
        Assert.Empty(List());
    }

    private IReadOnlyList<IncomingFile> List() => _incoming.ListAsync("incoming/flights/", CancellationToken.None).Result;

    private void Write(string name, string content = "x")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home["incoming/flights/" + name])!);
        File.WriteAllText(_home["incoming/flights/" + name], content);
    }
}
