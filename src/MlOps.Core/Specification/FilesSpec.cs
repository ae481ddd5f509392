namespace MlOps.Core.Specification;

/// <summary>How dropped text files are written, where their content does not tell by itself.</summary>
public sealed record FilesSpec
{
    /// <summary>The encoding of text without a byte-order mark, by its IANA name. Default: UTF-8.</summary>
    public string Encoding { get; init; } = "utf-8";

    /// <summary>What parts the fields of delimited text; <see langword="null"/>: the one of <c>, ; tab |</c> that the header speaks for.</summary>
    public char? Delimiter { get; init; }

    /// <summary>What encloses a field, ASCII; <see langword="null"/>: nothing does. Default: <c>"</c>.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>What stands before a quote inside a quoted field, ASCII; <see langword="null"/>: the quote itself, doubled.</summary>
    public char? Escape { get; init; }

    /// <summary>What begins a comment that reaches to the end of its line, ASCII; <see langword="null"/>: there are no comments.</summary>
    public char? Comment { get; init; }

    /// <summary>Whether the first record names the columns; if not, the fields are the declared columns, in their order. Default: yes.</summary>
    public bool Header { get; init; } = true;
}
