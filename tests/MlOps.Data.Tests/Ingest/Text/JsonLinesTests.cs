namespace MlOps.Data.Tests.Ingest.Text;

public sealed class JsonLinesTests : IDisposable
{
    private readonly IngestFixture _drop = new();

    public void Dispose() => _drop.Dispose();

    [Fact]
    public void A_broken_line_is_set_apart_with_its_number_and_reason()
    {
        _drop.Write("a.jsonl", "{\"id\":1,\"name\":\"a\"}\n\n{\"id\":2,\n{\"id\":3,\"name\":\"c\"}\n[1]\n42\n{\"id\":\"x\"}\n{\"id\":4,\"name\":{\"k\":[1]}}\n{\"id\" 5}\nnull\n");
        var result = _drop.Ingest("a.jsonl");
        Assert.Equal(["1|a", "3|c", "4|{\"k\":[1]}", "NULL|NULL"], IngestFixture.RowsOf(result));
        var rejects = IngestFixture.RejectsOf(result).ConvertAll(r => r.Split('|'));
        Assert.Equal(["2|3|{\"id\":2,", "4|5|[1]", "5|6|42", "6|7|x", "8|9|{\"id\" 5}"], rejects.Select(r => $"{r[1]}|{r[2]}|{r[4]}"));
        Assert.StartsWith("broken JSON at byte 8 of the line", rejects[0][5], StringComparison.Ordinal);
        Assert.Equal(["no JSON object but an array.", "no JSON object but a number.", "not a whole number."], rejects[1..4].Select(r => r[5]));
        Assert.Equal(4, Assert.Single(result.Files).Rows);
    }

    [Fact]
    public void The_place_of_a_value_is_its_line_although_all_lines_are_whole()
    {
        _drop.Write("a.jsonl", "{\"id\":1,\"name\":\"a\"}\r\n\r\n{\"id\":\"x\",\"name\":\"b\"}\r\n");
        Assert.Equal(["a.jsonl|2|3|id|x|not a whole number."], IngestFixture.RejectsOf(_drop.Ingest("a.jsonl")));
    }

    [Fact]
    public void The_first_line_may_be_the_broken_one()
    {
        _drop.Write("a.jsonl", "oops\n{\"id\":1,\"name\":\"a\"}\n");
        var result = _drop.Ingest("a.jsonl");
        Assert.Equal(["1|a"], IngestFixture.RowsOf(result));
        Assert.Equal("1", Assert.Single(IngestFixture.RejectsOf(result)).Split('|')[2]);
    }

    [Fact]
    public void A_file_of_broken_lines_alone_is_refused()
    {
        _drop.Write("a.jsonl", "{\"id\":\n{oops}\n");
        Assert.Contains("none of its 2 rows can be read", _drop.Refusal("a.jsonl").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_array_is_refused_as_a_whole_with_the_line()
    {
        _drop.Write("a.json", "[{\"id\":1,\"name\":\"a\"},\n{\"id\":2,\"name\":\"b\"},\n{\"id\":}]");
        Assert.Equal(3, _drop.Refusal("a.json").Line);
    }

    [Fact]
    public void A_key_that_comes_late_is_found()
    {
        _drop.Write("a.jsonl", string.Concat(Enumerable.Repeat("{\"id\":1}\n", 25_000)) + "{\"id\":2,\"name\":\"late\"}\n");
        _drop.Write("b.jsonl", "{\"id\":1}\n{\"ID\":2}\n");
        Assert.Equal("name", _drop.Refusal("b.jsonl").Column);
        Assert.Equal("2|late", _drop.Rows("a.jsonl")[^1]);
    }

    [Fact]
    public void What_python_writes_for_not_a_number_is_missing()
    {
        _drop.Spec = new() { Columns = [new() { Name = "x", Type = Core.Specification.ColumnType.Double }] };
        _drop.Write("a.jsonl", "{\"x\":NaN}\n{\"x\":Infinity}\n{\"x\":1.5}\n");
        var result = _drop.Ingest("a.jsonl");
        Assert.Equal(["NULL", "1.5"], IngestFixture.RowsOf(result));
        Assert.Equal("2", Assert.Single(IngestFixture.RejectsOf(result)).Split('|')[2]);
    }
}
