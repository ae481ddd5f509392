using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Specification;

public sealed class DataSectionEditorTests
{
    private const string Check = "{ check: rows, min: 5 }";

    private static Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>> Keys(params (string Column, string Key, string Value)[] keys) =>
        keys.GroupBy(k => k.Column).ToDictionary(g => g.Key, g => (IReadOnlyList<KeyValuePair<string, string>>)[.. g.Select(k => KeyValuePair.Create(k.Key, k.Value))], StringComparer.Ordinal);

    private static string Add(string text, params (string Column, string Key, string Value)[] keys) => DataSectionEditor.Add(text, Keys(keys), []);

    private static string AddCheck(string text) => DataSectionEditor.Add(text, Keys(), [Check, "{ check: quarantined, max: 0.1 }"]);

    [Fact]
    public void A_key_goes_behind_the_last_one_and_comments_stay_where_they_were()
    {
        const string Text = """
            # head
            name:   x # odd  spacing

            data: # what comes in
              window: 9d
              columns: # all
                a: { type: int } # first
                # about b
                "b c":
                  type: double # a number
                  # nothing more

                d: {
                  type: string, # text
                }
              invalidRows: fail

            # about the features
            features: { label: { name: y, sql: a } }   
            """;
        var expected = Text
            .Replace("{ type: int } # first", "{ type: int, required: true, min: 0 } # first", StringComparison.Ordinal)
            .Replace("# a number", "# a number\n      max: 1.5", StringComparison.Ordinal)
            .Replace("type: string, # text", "type: string, required: true, # text", StringComparison.Ordinal);
        Assert.Equal(expected, Add(Text, ("a", "required", "true"), ("a", "min", "0"), ("b c", "max", "1.5"), ("d", "required", "true")));
    }

    [Theory]
    // A list of lines, a list on one line, none, an empty one, one without a value, and everything on one line.
    [InlineData("  checks:\n    - { check: unique, columns: [a] } # key\n    # last\n\nx: 1\n", "  checks:\n    - { check: unique, columns: [a] } # key\n    - {1}\n    - {2}\n    # last\n\nx: 1\n")]
    [InlineData("  checks:\n  -   check: unique\n      columns: [a] # key\nx: 1\n", "  checks:\n  -   check: unique\n      columns: [a] # key\n  -   {1}\n  -   {2}\nx: 1\n")]
    [InlineData("  checks: [{ check: quarantined, max: 0.2 } ] # some\n", "  checks: [{ check: quarantined, max: 0.2 }, {1}, {2} ] # some\n")]
    [InlineData("  checks: [\n    { check: quarantined, max: 0.2 }\n  ]\n", "  checks: [\n    { check: quarantined, max: 0.2 },\n    {1},\n    {2}\n  ]\n")]
    [InlineData("  invalidRows: fail\n", "  checks:\n    - {1}\n    - {2}\n  invalidRows: fail\n")]
    [InlineData("  checks: []\n", "  checks: [{1}, {2}]\n")]
    public void Checks_go_behind_the_last_one_in_the_style_of_the_file(string rest, string expected)
    {
        const string Before = "data:\n  columns:\n    a: { type: int } # first\n";
        var filled = expected.Replace("{1}", Check, StringComparison.Ordinal).Replace("{2}", "{ check: quarantined, max: 0.1 }", StringComparison.Ordinal);
        Assert.Equal(Before + filled, AddCheck(Before + rest));
    }

    [Fact]
    public void Everything_may_stand_on_one_line()
    {
        Assert.Equal(
            "data: { columns: { a: { type: int, min: 1 } }, checks: [{ check: rows, min: 5 }] } # short\nname: x\n",
            DataSectionEditor.Add("data: { columns: { a: { type: int } } } # short\nname: x\n", Keys(("a", "min", "1")), [Check]));
    }

    [Fact]
    public void Windows_line_ends_and_a_byte_order_mark_stay()
    {
        Assert.Equal(
            "\uFEFFname: x\r\ndata:\r\n  columns:\r\n    a:\r\n      type: int\r\n      min: 1\r\n  checks:\r\n    - { check: rows, min: 5 }\r\n\r\n# after\r\n",
            DataSectionEditor.Add("\uFEFFname: x\r\ndata:\r\n  columns:\r\n    a:\r\n      type: int\r\n\r\n# after\r\n", Keys(("a", "min", "1")), [Check]));
    }

    [Fact]
    public void What_is_not_there_cannot_be_added_to()
    {
        Assert.Contains("'data'", Assert.Throws<ArgumentException>(() => Add("name: x\n", ("a", "min", "1"))).Message, StringComparison.Ordinal);
        Assert.Contains("'b'", Assert.Throws<ArgumentException>(() => Add("data: { columns: { a: { type: int } } }", ("b", "min", "1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_to_add_changes_nothing() => Assert.Equal("data: { columns: {} } ", DataSectionEditor.Add("data: { columns: {} } ", Keys(), []));
}
