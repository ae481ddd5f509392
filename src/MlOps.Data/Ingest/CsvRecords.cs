namespace MlOps.Data.Ingest;

/// <summary>Tells where records of a delimited file lie; used only for rows that could not be read.</summary>
internal static class CsvRecords
{
    /// <summary>The place of a record.</summary>
    /// <param name="Row">Its number among the data records of the file, broken ones included, from 1.</param>
    /// <param name="Line">The line of text on which it begins, from 1.</param>
    internal sealed record Place(long Row, long Line);

    /// <summary>Walks through a file's records.</summary>
    /// <param name="path">The file.</param>
    /// <param name="skippedLines">Lines before the header.</param>
    /// <param name="broken">Records that the reader refused, in the order of the file.</param>
    /// <param name="wanted">Numbers of readable records, from 1, ascending.</param>
    /// <returns>The places of the broken records, then of the wanted ones.</returns>
    public static (IReadOnlyList<Place> Broken, IReadOnlyList<Place> Wanted) Locate(
        string path, int skippedLines, IReadOnlyList<BrokenRecord> broken, IReadOnlyList<long> wanted)
    {
        var brokenPlaces = new List<Place>();
        var wantedPlaces = new List<Place>();
        using var reader = new BufferedStream(File.OpenRead(path), 1 << 20);
        long offset = 0, line = 1, row = -1, readable = -1;
        for (var i = 0; i < skippedLines; i++) Advance(reader, ref offset, ref line, whole: false);
        // The header is the first record; rows are counted from the one after it.
        while (true)
        {
            var (start, startLine) = (offset, line);
            // DuckDB places the start of a record that follows CR LF on the LF.
            var isBroken = brokenPlaces.Count < broken.Count && broken[brokenPlaces.Count].Offset <= start;
            var length = isBroken ? SkipBroken(reader, broken[brokenPlaces.Count], ref offset, ref line) : Advance(reader, ref offset, ref line, whole: true);
            if (offset == start) return (brokenPlaces, wantedPlaces);
            if (length == 0) continue;
            row++;
            if (isBroken)
            {
                brokenPlaces.Add(new(row, startLine));
                continue;
            }
            readable++;
            if (wantedPlaces.Count < wanted.Count && wanted[wantedPlaces.Count] == readable) wantedPlaces.Add(new(row, startLine));
        }
    }

    // Reads to the end of the record (or of the line); gives the bytes of its text.
    private static long Advance(BufferedStream reader, ref long offset, ref long line, bool whole)
    {
        long text = 0;
        var quoted = false;
        for (int value; (value = reader.ReadByte()) >= 0;)
        {
            offset++;
            if (value == '"' && whole) quoted = !quoted;
            if (value == '\n')
            {
                line++;
                if (!quoted) return text;
            }
            if (value is not ('\n' or '\r')) text++;
        }
        return text;
    }

    // A broken record ends where the reader found its end, whatever its quotes say.
    private static long SkipBroken(BufferedStream reader, BrokenRecord record, ref long offset, ref long line)
    {
        var lines = record.Text.Count(c => c == '\n') + 1;
        long text = 0;
        for (var i = 0; i < lines; i++) text += Advance(reader, ref offset, ref line, whole: false);
        return Math.Max(text, 1);
    }
}
