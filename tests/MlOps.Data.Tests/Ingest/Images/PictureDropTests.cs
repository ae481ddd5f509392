using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Ingest;

namespace MlOps.Data.Tests.Ingest.Images;

public sealed class PictureDropTests : IDisposable
{
    private static readonly DataSpec s_spec = new()
    {
        Columns =
        [
            new() { Name = "path", Type = ColumnType.String }, new() { Name = "label", Type = ColumnType.String }, new() { Name = "width", Type = ColumnType.Int },
            new() { Name = "format", Type = ColumnType.String }, new() { Name = "brightness", Type = ColumnType.Double },
        ],
    };

    private readonly IngestFixture _drop = new() { Spec = s_spec };

    public void Dispose() => _drop.Dispose();

    [Fact]
    public void The_folder_of_a_picture_is_its_label()
    {
        Lay("grey.png", "batch/day/1.png");
        Lay("grey.jpg", "batch/night/1.jpg");
        Lay("colour.png", "batch/night/2.png");
        var result = _drop.Ingest("batch/night/2.png", "batch/day/1.png", "batch/night/1.jpg");
        Assert.Equal(
            ["batch/day/1.png|day|61|png|167", "batch/night/1.jpg|night|61|jpeg|167", "batch/night/2.png|night|61|png|161"],
            IngestFixture.RowsOf(result).Select(Rounded));
        var source = Assert.Single(result.Files);
        Assert.Equal(("batch/", "image", 3), (source.Name, source.Format, (int)source.Rows));
    }

    [Theory]
    [InlineData("batch/labels.csv", "path,label,camera\na/1.png,cat,7\n./b/1.png,dog,8\n")]
    [InlineData("batch/labels.jsonl", "{\"file_name\":\"a/1.png\",\"label\":\"cat\",\"camera\":7}\n{\"file_name\":\"b\\\\1.png\",\"label\":\"dog\",\"camera\":8}\n")]
    public void A_manifest_tells_the_labels_and_more(string name, string content)
    {
        _drop.Spec = s_spec with { Columns = [s_spec.Columns[0], s_spec.Columns[1], new() { Name = "camera", Type = ColumnType.Int }] };
        Lay("grey.png", "batch/a/1.png");
        Lay("grey.png", "batch/b/1.png");
        Lay("colour.png", "batch/b/unlisted.png");
        _drop.Write(name, content);
        var result = _drop.Ingest(name, "batch/b/1.png", "batch/a/1.png", "batch/b/unlisted.png");
        Assert.Equal(["batch/a/1.png|cat|7", "batch/b/1.png|dog|8", "batch/b/unlisted.png|NULL|NULL"], IngestFixture.RowsOf(result));
        Assert.Equal(["batch/", name], result.Files.Select(f => f.Name));
        Assert.Empty(IngestFixture.RejectsOf(result));
    }

    [Fact]
    public void A_broken_picture_is_set_apart_with_its_reason_and_the_others_are_taken()
    {
        Lay("grey.png", "a/good.png");
        _drop.Write("a/cut.png", File.ReadAllBytes(PictureReaderTests.Made("colour.png"))[..2000]);
        _drop.Write("a/old.gif", "GIF89a......"u8.ToArray());
        var result = _drop.Ingest("a/good.png", "a/cut.png", "a/old.gif");
        Assert.Equal("a/good.png", Assert.Single(IngestFixture.RowsOf(result)).Split('|')[0]);
        Assert.Equal(
            [
                "a/cut.png|1|NULL||png|the picture cannot be read: it is damaged or cut off.",
                "a/old.gif|3|NULL||gif|pictures of the format GIF are not read; save it as PNG or JPEG.",
            ],
            IngestFixture.RejectsOf(result));

        _drop.Spec = s_spec with { InvalidRows = InvalidRowPolicy.Fail };
        var error = Assert.Throws<DatasetFileException>(() => _drop.Ingest("a/good.png", "a/cut.png", "a/old.gif"));
        Assert.Equal(["a/cut.png", "a/old.gif"], error.Others.Prepend(error).Select(e => e.File));
    }

    [Fact]
    public void Rows_of_a_manifest_without_a_picture_are_set_apart_with_their_line()
    {
        Lay("grey.png", "b/1.png");
        _drop.Write("b/labels.csv", "path,label\n1.png,cat\nlost.png,dog\n");
        var result = _drop.Ingest("b/labels.csv", "b/1.png");
        Assert.Equal(["b/labels.csv|2|3||b/lost.png|the drop has no such picture."], IngestFixture.RejectsOf(result));
    }

    [Fact]
    public void A_manifest_that_cannot_be_used_takes_its_pictures_along()
    {
        Lay("grey.png", "b/1.png");
        Lay("colour.png", "b/2.png");
        _drop.Write("b/labels.csv", "path,label\n1.png,cat\n1.png,dog\n");
        var error = _drop.Refusal("b/labels.csv", "b/1.png", "b/2.png");
        Assert.Equal(["b/labels.csv", "b/1.png", "b/2.png"], error.Others.Prepend(error).Select(e => e.File));
        Assert.Equal((3, "path", "b/1.png"), ((int)error.Line!, error.Column, error.Value));
    }

    [Fact]
    public void A_column_that_no_picture_has_is_named_for_each()
    {
        _drop.Spec = s_spec with { Columns = [.. s_spec.Columns, new() { Name = "brightnes", Type = ColumnType.Double }] };
        Lay("grey.png", "1.png");
        Lay("colour.png", "2.png");
        var error = _drop.Refusal("1.png", "2.png");
        Assert.Equal(["1.png", "2.png"], error.Others.Prepend(error).Select(e => e.File));
        Assert.Contains("Did you mean 'brightness'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_beside_pictures_that_is_no_manifest_is_a_table()
    {
        _drop.Spec = new() { Columns = [new() { Name = "label", Type = ColumnType.String }, new() { Name = "width", Type = ColumnType.Int }] };
        Lay("grey.png", "b/1.png");
        _drop.Write("rows.csv", "label,width\nx,5\n");
        Assert.Equal(["b|61", "x|5"], _drop.Rows("rows.csv", "b/1.png"));
    }

    [Fact]
    public void The_pictures_themselves_are_kept_where_that_is_declared()
    {
        _drop.Spec = new() { Columns = [new() { Name = "content", Type = ColumnType.String }] };
        Lay("grey.png", "b/1.png");
        Assert.Equal(File.ReadAllBytes(_drop["b/1.png"]), Convert.FromBase64String(Assert.Single(_drop.Rows("b/1.png"))));
    }

    [Fact]
    public void The_same_picture_under_two_labels_is_two_rows_and_the_set_is_known_by_all_its_bytes()
    {
        Lay("grey.png", "b/x/1.png");
        Lay("grey.png", "b/y/1.png");
        var first = _drop.Ingest("b/x/1.png", "b/y/1.png");
        Assert.Equal(2, first.Rows);
        Lay("grey.png", "c/x/1.png");
        Lay("grey.png", "c/y/1.png");
        Assert.Equal(first.Files[0].Sha256, _drop.Ingest("c/x/1.png", "c/y/1.png").Files[0].Sha256);
        Assert.NotEqual(first.Files[0].Sha256, _drop.Ingest("b/x/1.png").Files[0].Sha256);
    }

    [Fact]
    public void Darker_pictures_are_drift_of_the_column_brightness()
    {
        var spec = new DataSpec { Columns = [new() { Name = "brightness", Type = ColumnType.Double }, new() { Name = "contrast", Type = ColumnType.Double }] };
        _drop.Spec = spec;
        var day = Set("day", i => 150 + i);
        var again = Set("again", i => 149.5 + i);
        var night = Set("night", i => 20 + i);
        var report = new DriftDetector().Compare([day], [night], spec, new DriftSpec(), default);
        Assert.True(report.Columns.Single(c => c.Column == "brightness").Drifted);
        Assert.False(report.Columns.Single(c => c.Column == "contrast").Drifted);
        Assert.DoesNotContain(new DriftDetector().Compare([day], [again], spec, new DriftSpec(), default).Columns, c => c.Drifted);
    }

    private static string Rounded(string row) =>
        row[..(row.LastIndexOf('|') + 1)] + Math.Round(double.Parse(row[(row.LastIndexOf('|') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private void Lay(string picture, string name) => _drop.Write(name, File.ReadAllBytes(PictureReaderTests.Made(picture)));

    /// <summary>Sixty pictures of noise around a brightness of their own, as a dataset.</summary>
    private string Set(string name, Func<int, double> brightness)
    {
        var random = new Random(7);
        var names = Enumerable.Range(0, 60).Select(i => $"{name}/{i:00}.png").ToArray();
        for (var i = 0; i < names.Length; i++) _drop.Write(names[i], GreyPng.Write(16, 16, _ => (byte)Math.Clamp(brightness(i) + random.Next(-9, 10), 0, 255)));
        var data = _drop[name + ".data"];
        File.Copy(_drop.Ingest(names).DataPath, data);
        return data;
    }
}
