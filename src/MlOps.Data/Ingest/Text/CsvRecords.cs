namespace MlOps.Data.Ingest.Text;

/// <summary>A record whose text is broken: too many fields, too few, a quote that never closes.</summary>
/// <param name="Offset">Where it begins, in bytes from the start of the file.</param>
/// <param name="Column">The column in question; empty where there is none.</param>
/// <param name="Text">The record's text.</param>
/// <param name="Reason">What is broken.</param>
internal sealed record BrokenRecord(long Offset, string Column, string Text, string Reason);

/// <summary>Tells where records of a delimited file lie; used only for rows that could not be read.</summary>
/// <param name="path">The file.</param>
/// <param name="header">Its first record.</param>
/// <param name="named">Whether that record names the columns, so that rows are counted from the one after it.</param>
internal sealed class CsvRecords(string path, CsvHeader header, bool named)
{
    // A byte that no UTF-8 text has stands for what the dialect lacks. All of these are ASCII.
    private const int Nothing = 0xFF;

    private readonly int _quote = header.Dialect.Quote ?? Nothing;
    private readonly int _escape = header.Dialect.Escape == header.Dialect.Quote ? Nothing : header.Dialect.Escape ?? Nothing;
    private readonly int _comment = header.Dialect.Comment ?? Nothing;

    /// <summary>Walks through the records.</summary>
    /// <param name="broken">Records that the reader refused, in the order of the file.</param>
    /// <param name="wanted">Numbers of readable records, from 1, ascending.</param>
    public RowPlaces Locate(IReadOnlyList<BrokenRecord> broken, IReadOnlyList<long> wanted)
    {
        var brokenRows = new List<BrokenRow>();
        var wantedPlaces = new List<RowPlace>();
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 20);
        var text = new Cursor(stream);
        for (var i = 0; i < header.SkippedLines; i++) SkipLine(text);
        if (named) SkipRecord(text);
        long row = 0, readable = 0;
        while (brokenRows.Count < broken.Count || wantedPlaces.Count < wanted.Count)
        {
            var (start, startLine) = (text.Offset, text.Line);
            // DuckDB places the start of a record that follows CR LF on the LF.
            var isBroken = brokenRows.Count < broken.Count && broken[brokenRows.Count].Offset <= start;
            var length = isBroken ? SkipBroken(text, broken[brokenRows.Count]) : SkipRecord(text);
            if (text.Offset == start) break;
            if (length == 0) continue;
            row++;
            if (isBroken)
            {
                var (_, column, content, reason) = broken[brokenRows.Count];
                brokenRows.Add(new(new(row, startLine), column, content, reason));
                continue;
            }
            readable++;
            if (wantedPlaces.Count < wanted.Count && wanted[wantedPlaces.Count] == readable) wantedPlaces.Add(new(row, startLine));
        }
        return new(brokenRows, wantedPlaces);
    }

    // Reads to the end of the record; gives the bytes of its text, without comments and line ends.
    private long SkipRecord(Cursor text)
    {
        long length = 0;
        var (quoted, commented) = (false, false);
        for (int value; (value = text.Next()) >= 0;)
        {
            if (value == '\n' && !quoted) return length;
            if (commented || value is '\n' or '\r') continue;
            if (!quoted && value == _comment)
            {
                commented = true;
                continue;
            }
            length++;
            if (quoted && value == _escape) text.Next();
            else if (value == _quote) quoted = !quoted;
        }
        return length;
    }

    private static long SkipLine(Cursor text)
    {
        long length = 0;
        for (int value; (value = text.Next()) is >= 0 and not '\n';) length++;
        return length;
    }

    // A broken record ends where the reader found its end, whatever its quotes say.
    private static long SkipBroken(Cursor text, BrokenRecord record)
    {
        var lines = record.Text.Count(c => c == '\n') + 1;
        long length = 0;
        for (var i = 0; i < lines; i++) length += SkipLine(text);
        return Math.Max(length, 1);
    }

    /// <summary>A place in the file.</summary>
    private sealed class Cursor(BufferedStream stream)
    {
        public long Offset { get; private set; }

        public long Line { get; private set; } = 1;

        public int Next()
        {
            var value = stream.ReadByte();
            if (value >= 0) Offset++;
            if (value == '\n') Line++;
            return value;
        }
    }
}
