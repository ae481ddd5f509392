using System.Text;
using System.Text.Json;

namespace MlOps.Data.Ingest.Text;

/// <summary>Tells where rows of a JSON lines file lie; used only for rows that could not be read.</summary>
internal static class JsonLines
{
    private const int KeptCharacters = 1000;

    /// <summary>Walks through the lines; blank ones are no rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="broken">Numbers of rows that are no JSON object, from 1, ascending.</param>
    /// <param name="wanted">Numbers of the others that are looked for, ascending.</param>
    public static RowPlaces Locate(string path, IReadOnlyList<long> broken, IReadOnlyList<long> wanted)
    {
        var brokenRows = new List<BrokenRow>();
        var wantedPlaces = new List<RowPlace>();
        long line = 0, row = 0;
        using var reader = new StreamReader(path, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        while ((brokenRows.Count < broken.Count || wantedPlaces.Count < wanted.Count) && reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            row++;
            if (brokenRows.Count < broken.Count && broken[brokenRows.Count] == row)
                brokenRows.Add(new(new(row, line), "", text.Length > KeptCharacters ? text[..KeptCharacters] : text, FaultOf(text)));
            else if (wantedPlaces.Count < wanted.Count && wanted[wantedPlaces.Count] == row)
                wantedPlaces.Add(new(row, line));
        }
        return new(brokenRows, wantedPlaces);
    }

    private static string FaultOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true });
            return document.RootElement.ValueKind is JsonValueKind.Object ? "no valid JSON." : $"no JSON object but {Article(document.RootElement.ValueKind)}.";
        }
        catch (JsonException e)
        {
            return $"broken JSON at byte {e.BytePositionInLine + 1} of the line ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')}).";
        }
    }

    private static string Article(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a text",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
