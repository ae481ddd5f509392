using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Specification;

public sealed class DataSectionTests
{
    private const string Section = "data:\n  columns:\n    b: { type: int }\n";

    [Fact]
    public void Everything_around_it_stays_byte_for_byte()
    {
        const string Before = "# head\nname:   x # odd  spacing\n\n";
        const string After = "\n\n# about the features\nfeatures: { label: { name: y, sql: a } }   \n\n# end";
        Assert.Equal(Before + Section.TrimEnd() + After, DataSection.Replace(Before + "data:\n  window: 9d\n  columns: # all\n    a: { type: int } # last" + After, Section));
    }

    [Fact]
    public void It_may_be_the_last_section_with_or_without_a_line_end()
    {
        Assert.Equal("name: x\n" + Section.TrimEnd(), DataSection.Replace("name: x\ndata:\n  columns: { a: { type: int } }", Section));
        Assert.Equal("name: x\n" + Section, DataSection.Replace("name: x\ndata:\n  columns: { a: { type: int } }\n", Section));
    }

    [Fact]
    public void It_may_be_written_on_one_line()
    {
        Assert.Equal(Section + "name: x\n", DataSection.Replace("data: { columns: { a: { type: int } } } # short\nname: x\n", Section));
    }

    [Fact]
    public void Windows_line_ends_and_a_byte_order_mark_stay()
    {
        const string Text = "\uFEFFname: x\r\ndata:\r\n  columns: { a: { type: int } }\r\n\r\n# after\r\ngates: []\r\n";
        Assert.Equal(
            "\uFEFFname: x\r\n" + Section.TrimEnd().ReplaceLineEndings("\r\n") + "\r\n\r\n# after\r\ngates: []\r\n", DataSection.Replace(Text, Section));
    }

    [Fact]
    public void A_key_of_that_name_further_down_is_another()
    {
        const string Text = "example:\n  data: 1\ndata:\n  columns: {}\n";
        Assert.Equal("example:\n  data: 1\n" + Section, DataSection.Replace(Text, Section));
        Assert.Throws<ArgumentException>(() => DataSection.Replace("example:\n  data: 1\n", Section));
    }

    [Fact]
    public void Replacing_twice_is_replacing_once()
    {
        var once = DataSection.Replace("name: x\ndata:\n  columns: { a: { type: int } }\n\ngates: []\n", Section);
        Assert.Equal(once, DataSection.Replace(once, Section));
    }
}
