using System.Text.Json;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Finds the place in a JSON file that no parser takes.</summary>
internal static class JsonFault
{
    private const string Remedy = "Correct it and drop the file again.";

    /// <summary>The error with its line, as .NET's parser sees it; with DuckDB's words where .NET sees none.</summary>
    public static DatasetFileException Locate(InspectedFile file, DuckDbException inner)
    {
        try
        {
            if (file.Format is FileFormat.Json) ReadWhole(file.Path);
            else return LocateLine(file, inner) ?? Unlocated(file, inner);
        }
        catch (JsonException e)
        {
            return Located(file, (e.LineNumber ?? 0) + 1, e, inner);
        }
        return Unlocated(file, inner);
    }

    private static void ReadWhole(string path)
    {
        using var stream = File.OpenRead(path);
        using var document = JsonDocument.Parse(stream);
    }

    private static DatasetFileException? LocateLine(InspectedFile file, DuckDbException inner)
    {
        var line = 0L;
        foreach (var text in File.ReadLines(file.Path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            try
            {
                using var document = JsonDocument.Parse(text);
            }
            catch (JsonException e)
            {
                return Located(file, line, e, inner);
            }
        }
        return null;
    }

    private static DatasetFileException Located(InspectedFile file, long line, JsonException e, DuckDbException inner) =>
        new(file.Name, $"the JSON is broken at byte {e.BytePositionInLine + 1} of the line ({e.Message.Split(" LineNumber:")[0]})", Remedy, line, inner: inner);

    private static DatasetFileException Unlocated(InspectedFile file, DuckDbException inner) =>
        new(file.Name, $"the JSON cannot be read ({inner.Summary}).", Remedy, inner: inner);
}
