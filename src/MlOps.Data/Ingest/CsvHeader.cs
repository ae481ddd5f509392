using System.Text;

namespace MlOps.Data.Ingest;

/// <summary>The first record of a delimited file.</summary>
/// <param name="Delimiter">The one of <c>, ; tab |</c> that makes the most declared columns out of it.</param>
/// <param name="Names">Its fields.</param>
/// <param name="BlankLines">Empty lines before it.</param>
internal sealed record CsvHeader(char Delimiter, IReadOnlyList<string> Names, int BlankLines)
{
    private const int MaxHeaderBytes = 4 << 20;
    private static readonly char[] s_delimiters = [',', ';', '\t', '|'];

    /// <summary>Reads the header. Fields may be quoted by <c>"</c>, doubled inside (RFC 4180).</summary>
    /// <param name="path">A UTF-8 file without byte-order mark.</param>
    /// <param name="declared">Names of the columns that are looked for.</param>
    public static CsvHeader Read(string path, IReadOnlyCollection<string> declared)
    {
        var start = ReadStart(path);
        var content = start.TrimStart('\r', '\n');
        var blankLines = start[..(start.Length - content.Length)].Count(c => c == '\n');
        return s_delimiters
            .Select(d => new CsvHeader(d, FirstRecord(content, d), blankLines))
            .OrderByDescending(h => h.Names.Count(declared.Contains))
            .ThenByDescending(h => h.Names.Count)
            .First();
    }

    private static string ReadStart(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var buffer = new char[64 * 1024];
        var text = new StringBuilder();
        int read;
        while ((read = reader.ReadBlock(buffer)) > 0 && text.Length < MaxHeaderBytes)
        {
            text.Append(buffer, 0, read);
            if (buffer.AsSpan(0, read).Contains('\n')) break;
        }
        return text.ToString();
    }

    private static List<string> FirstRecord(string text, char delimiter)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c == delimiter) Finish();
            else if (!quoted && c is '\r' or '\n') break;
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
