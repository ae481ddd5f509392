using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>data.files</c>.</summary>
internal static class FilesFormat
{
    private static readonly CharacterShape s_character = new();
    private static readonly CharacterShape s_ascii = new() { AsciiOnly = true };

    public static ObjectShape Files { get; } = new(null,
        new("encoding", new EncodingShape(), "Encoding of text files without a byte-order mark, by its IANA name, such as windows-1252 or iso-8859-1.") { Default = "\"utf-8\"" },
        new("delimiter", s_character, "What parts the fields of delimited text: one character, or tab. Default: the one of , ; tab | that makes the most declared columns out of the header."),
        new("quote", s_ascii with { MayBeNone = true }, "What encloses fields: one ASCII character, or none.") { Default = "\"\\\"\"" },
        new("escape", s_ascii, "What stands before a quote inside a quoted field: one ASCII character. Default: the quote, doubled."),
        new("comment", s_ascii, "What begins a comment, up to the end of the line: one ASCII character. Default: there are no comments."),
        new("header", new FlagShape(), "Whether the first record names the columns; if not, the fields are the declared columns, in their order.") { Default = "true" });
}
