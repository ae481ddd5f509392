using MlOps.Core.Specification;

namespace MlOps.Data.Tests.Ingest.Text;

public sealed class DelimitedTextTests : IDisposable
{
    private readonly IngestFixture _drop = new();

    public void Dispose() => _drop.Dispose();

    [Theory]
    [InlineData(':')]
    [InlineData('\u0001')]
    [InlineData('¦')]
    [InlineData('~')]
    [InlineData(' ')]
    public void Any_single_character_may_part_the_fields(char delimiter)
    {
        _drop.Spec = _drop.Spec with { Files = new() { Delimiter = delimiter } };
        _drop.Write("a.csv", $"id{delimiter}name\n1{delimiter}\"x{delimiter}\"\"y\"\"\"\nz{delimiter}bad\n2{delimiter}last\n");
        var result = _drop.Ingest("a.csv");
        Assert.Equal([$"1|x{delimiter}\"y\"", "2|last"], IngestFixture.RowsOf(result));
        Assert.Equal(["a.csv|2|3|id|z|not a whole number."], IngestFixture.RejectsOf(result));
    }

    [Fact]
    public void Quote_and_escape_may_be_declared()
    {
        _drop.Spec = _drop.Spec with { Files = new() { Quote = '\'', Escape = '\\' } };
        _drop.Write("a.csv", "id,name\n1,'it\\'s,\n\"two\"'\nbad,'\\'\\\\'\n2,\"\n");
        var result = _drop.Ingest("a.csv");
        Assert.Equal(["1|it's,\n\"two\"", "2|\""], IngestFixture.RowsOf(result));
        Assert.Equal(["a.csv|2|4|id|bad|not a whole number."], IngestFixture.RejectsOf(result));
    }

    [Fact]
    public void Without_quotes_a_quote_is_a_character()
    {
        _drop.Spec = _drop.Spec with { Files = new() { Quote = null, Delimiter = '\t' } };
        _drop.Write("a.tsv", "id\tname\n1\t5\" disk\n\"2\"\tx\n3\t\"y\n");
        var result = _drop.Ingest("a.tsv");
        Assert.Equal(["1|5\" disk", "3|\"y"], IngestFixture.RowsOf(result));
        Assert.Equal(["a.tsv|2|3|id|\"2\"|not a whole number."], IngestFixture.RejectsOf(result));
    }

    [Theory]
    [InlineData("1,x\n2,y\n")]
    [InlineData("1;x\n2;y\n")]
    [InlineData("\n\n1\tx\n2\ty\n")]
    public void Without_a_header_fields_are_the_declared_columns_in_their_order(string content)
    {
        _drop.Spec = _drop.Spec with { Files = new() { Header = false } };
        _drop.Write("a.csv", content);
        Assert.Equal(["1|x", "2|y"], _drop.Rows("a.csv"));
    }

    [Fact]
    public void Without_a_header_the_first_record_must_have_a_field_for_each_column()
    {
        _drop.Spec = _drop.Spec with { Files = new() { Header = false } };
        _drop.Write("a.csv", "1,x,more\n2,y,more\n");
        Assert.Contains("the first record has 3 fields, and 2 columns are declared", _drop.Refusal("a.csv").Message, StringComparison.Ordinal);
        _drop.Write("b.csv", "1,x\nbad,y\n2,z,many\n3,w\n");
        var result = _drop.Ingest("b.csv");
        Assert.Equal(["1|x", "3|w"], IngestFixture.RowsOf(result));
        Assert.Equal(["2|2|bad", "3|3|2,z,many"], IngestFixture.RejectsOf(result).Select(r => r.Split('|')).Select(r => $"{r[1]}|{r[2]}|{r[4]}"));
    }

    [Fact]
    public void Comments_are_left_out_and_do_not_shift_the_places_of_rows()
    {
        _drop.Spec = _drop.Spec with { Files = new() { Comment = '#' } };
        _drop.Write("a.csv", "# made by \"us\n\nid,name# units: none\n1,x\n# it's \"broken\n2,\"#no comment\"\nbad,y # tail \"\n3,z\n");
        var result = _drop.Ingest("a.csv");
        Assert.Equal(["1|x", "2|#no comment", "3|z"], IngestFixture.RowsOf(result));
        Assert.Equal(["a.csv|3|7|id|bad|not a whole number."], IngestFixture.RejectsOf(result));
    }

    [Fact]
    public void Columns_that_nobody_declared_may_have_empty_or_equal_names()
    {
        _drop.Write("a.csv", ",id,,name,x,x\n9,1,9,a,9,9\n");
        Assert.Equal(["1|a"], _drop.Rows("a.csv"));
    }

    [Fact]
    public void A_line_of_a_gibibyte_is_refused_by_number_without_being_kept()
    {
        using (var file = File.Create(_drop["long.csv"]))
        {
            file.Write("id,name\n1,"u8);
            var block = new byte[1 << 20];
            Array.Fill(block, (byte)'x');
            // The limit ends the reading after 16 of them; the rest is a hole that costs nothing.
            for (var i = 0; i < 20; i++) file.Write(block);
            file.SetLength(1L << 30);
        }
        var error = _drop.Refusal("long.csv");
        Assert.Equal(2, error.Line);
        Assert.Contains("longer than 16,777,216 bytes", error.Message, StringComparison.Ordinal);
    }
}
