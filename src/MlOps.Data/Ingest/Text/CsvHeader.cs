using System.Text;
using MlOps.Core.Specification;

namespace MlOps.Data.Ingest.Text;

/// <summary>The first record of a delimited file.</summary>
/// <param name="Dialect">How the file is written.</param>
/// <param name="Names">Its fields.</param>
/// <param name="SkippedLines">Empty lines and comments before it.</param>
/// <param name="EmptyLines">The empty ones of these.</param>
internal sealed record CsvHeader(CsvDialect Dialect, IReadOnlyList<string> Names, int SkippedLines, int EmptyLines)
{
    private const int MaxHeaderBytes = 4 << 20;
    private static readonly char[] s_delimiters = [',', ';', '\t', '|'];

    /// <summary>Reads the first record. Where no delimiter is declared, the one counts that makes the most declared columns out of it.</summary>
    /// <param name="path">A UTF-8 file without byte-order mark.</param>
    /// <param name="spec">How files are written.</param>
    /// <param name="declared">Names of the columns that are looked for.</param>
    public static CsvHeader Read(string path, FilesSpec spec, IReadOnlyCollection<string> declared)
    {
        var (content, skipped, empty) = ReadStart(path, spec.Comment);
        return (spec.Delimiter is { } known ? [known] : s_delimiters)
            .Select(d => CsvDialect.Of(spec, d))
            .Select(dialect => new CsvHeader(dialect, FirstRecord(content, dialect), skipped, empty))
            .OrderByDescending(h => spec.Header ? h.Names.Count(declared.Contains) : h.Names.Count == declared.Count ? 1 : 0)
            .ThenByDescending(h => h.Names.Count)
            .First();
    }

    private static (string Content, int Skipped, int Empty) SkipEmpty(string start, char? comment)
    {
        var (from, lines, empty) = (0, 0, 0);
        while (from < start.Length && (start[from] is '\r' or '\n' || start[from] == comment))
        {
            var end = start.IndexOf('\n', from);
            if (end < 0) break;
            if (start[from] != comment) empty++;
            (from, lines) = (end + 1, lines + 1);
        }
        return (start[from..], lines, empty);
    }

    private static (string Content, int Skipped, int Empty) ReadStart(string path, char? comment)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var buffer = new char[64 * 1024];
        var text = new StringBuilder();
        int read;
        while ((read = reader.ReadBlock(buffer)) > 0 && text.Length < MaxHeaderBytes)
        {
            text.Append(buffer, 0, read);
            if (SkipEmpty(text.ToString(), comment) is var start && start.Content.Contains('\n', StringComparison.Ordinal)) return start;
        }
        return SkipEmpty(text.ToString(), comment);
    }

    private static List<string> FirstRecord(string text, CsvDialect dialect)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == dialect.Escape && i + 1 < text.Length && text[i + 1] == dialect.Quote) field.Append(text[++i]);
            else if (c == dialect.Quote) quoted = !quoted;
            else if (!quoted && c == dialect.Delimiter) Finish();
            else if (!quoted && (c is '\r' or '\n' || c == dialect.Comment)) break;
            else field.Append(c);
        }
        Finish();
        return fields;

        void Finish()
        {
            fields.Add(field.ToString());
            field.Clear();
        }
    }
}
