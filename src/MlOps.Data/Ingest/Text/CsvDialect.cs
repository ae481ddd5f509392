using MlOps.Core.Specification;

namespace MlOps.Data.Ingest.Text;

/// <summary>How one delimited file is written.</summary>
/// <param name="Delimiter">What parts the fields.</param>
/// <param name="Quote">What encloses a field; <see langword="null"/>: nothing.</param>
/// <param name="Escape">What stands before a quote inside quotes; the quote itself when it is doubled.</param>
/// <param name="Comment">What begins a comment.</param>
internal sealed record CsvDialect(char Delimiter, char? Quote, char? Escape, char? Comment)
{
    /// <summary>The declared dialect.</summary>
    /// <param name="spec">What was declared.</param>
    /// <param name="delimiter">The delimiter, where none was declared.</param>
    public static CsvDialect Of(FilesSpec spec, char delimiter) => new(spec.Delimiter ?? delimiter, spec.Quote, spec.Escape ?? spec.Quote, spec.Comment);
}
