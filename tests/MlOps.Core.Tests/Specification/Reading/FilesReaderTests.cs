using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public sealed class FilesReaderTests
{
    [Fact]
    public void Text_is_plain_unless_declared() => Assert.Equal(new FilesSpec(), Read("").Data.Files);

    [Fact]
    public void What_is_declared_is_read() => Assert.Equal(
        new FilesSpec { Encoding = "windows-1252", Delimiter = '\t', Quote = '\'', Escape = '\\', Comment = '#', Header = false },
        Read("""{ encoding: windows-1252, delimiter: tab, quote: "'", escape: '\', comment: "#", header: false }""").Data.Files);

    [Theory]
    [InlineData("""{ delimiter: "¦", quote: none }""", '¦', null)]
    [InlineData("""{ delimiter: "\x01" }""", '\u0001', '"')]
    [InlineData("""{ delimiter: ";" }""", ';', '"')]
    public void A_character_may_be_any(string files, char delimiter, char? quote) =>
        Assert.Equal((delimiter, quote), (Read(files).Data.Files.Delimiter, Read(files).Data.Files.Quote));

    [Theory]
    [InlineData("""{ delimiter: ";;" }""", "expected one character, or tab")]
    [InlineData("""{ delimiter: "\n" }""", "expected one character, or tab")]
    [InlineData("""{ delimiter: "" }""", "expected one character, or tab")]
    [InlineData("""{ delimiter: "😀" }""", "expected one character, or tab")]
    [InlineData("""{ quote: "«" }""", "expected one ASCII character, or tab or none")]
    [InlineData("{ encoding: utf-9 }", "expected the name of an encoding")]
    [InlineData("{ encoding: utf-7 }", "expected the name of an encoding")]
    [InlineData("""{ delimiter: "#", comment: "#" }""", "'data.files.comment' and 'data.files.delimiter' are the same character")]
    [InlineData("""{ delimiter: "'", quote: "'" }""", "'data.files.quote' and 'data.files.delimiter' are the same character")]
    [InlineData("""{ quote: none, escape: '\' }""", "'data.files.quote' is none")]
    [InlineData("{ delimeter: x }", "Did you mean 'delimiter'")]
    public void What_cannot_be_is_told(string files, string told) =>
        Assert.Contains(told, Assert.Throws<PipelineSpecException>(() => Read(files)).Message, StringComparison.Ordinal);

    private static PipelineSpec Read(string files) => PipelineSpecReader.Read($$"""
        name: shop
        data:
          files: {{(files.Length > 0 ? files : "{}")}}
          columns: { age: { type: int }, bought: { type: bool } }
        features:
          label: { name: bought, sql: bought }
          inputs: { age: {} }
        training: { search: { maximize: auc } }
        """, "pipeline.yaml");
}
