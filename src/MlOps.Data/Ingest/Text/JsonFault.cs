using System.Text.Json;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Text;

/// <summary>Finds the place in a JSON array that no parser takes.</summary>
internal static class JsonFault
{
    private const string Remedy = "Correct it and drop the file again.";

    /// <summary>The error with its line, as .NET's parser sees it; with DuckDB's words where .NET sees none.</summary>
    public static DatasetFileException Locate(InspectedFile file, DuckDbException inner)
    {
        try
        {
            using var stream = File.OpenRead(file.Path);
            if (IsEmpty(stream)) return new(file.Name, "the file has no rows.", "Drop a file with data.", inner: inner);
        }
        catch (JsonException e)
        {
            return new(file.Name, $"the JSON is broken at byte {e.BytePositionInLine + 1} of the line ({e.Message.Split(" LineNumber:")[0]})", Remedy, (e.LineNumber ?? 0) + 1, inner: inner);
        }
        return new(file.Name, $"the JSON cannot be read ({inner.Summary}).", Remedy, inner: inner);
    }

    // Reads in pieces: the array may be larger than memory. A piece grows where one value does not fit.
    private static bool IsEmpty(Stream stream)
    {
        var tokens = 0L;
        var buffer = new byte[1 << 20];
        var state = new JsonReaderState(new JsonReaderOptions { AllowTrailingCommas = true });
        var carried = 0;
        while (true)
        {
            if (carried == buffer.Length) Array.Resize(ref buffer, checked(buffer.Length * 2));
            var read = stream.Read(buffer, carried, buffer.Length - carried);
            var reader = new Utf8JsonReader(buffer.AsSpan(0, carried + read), isFinalBlock: read == 0, state);
            while (reader.Read()) tokens++;
            // The brackets alone.
            if (read == 0) return tokens is 2;
            state = reader.CurrentState;
            var consumed = (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, carried + read - consumed).CopyTo(buffer);
            carried += read - consumed;
        }
    }
}
