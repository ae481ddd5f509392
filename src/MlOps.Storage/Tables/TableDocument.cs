using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MlOps.Storage.Tables;

/// <summary>The rule of what a document is.</summary>
public static class TableDocument
{
    /// <summary>Checks that a text is one JSON object of bearable size.</summary>
    /// <exception cref="TableDocumentException">It is not.</exception>
    public static void Check(string table, string partition, string row, string json)
    {
        // UTF-8 is never shorter than the text's own length: a gigabyte is refused before it is copied.
        var bytes = json.Length > TableKeys.MostDocumentBytes ? json.Length : Encoding.UTF8.GetByteCount(json);
        if (bytes > TableKeys.MostDocumentBytes)
            throw new TableDocumentException(table, partition, row, $"it has at least {bytes} bytes, more than {TableKeys.MostDocumentBytes}; keep the data in a blob and its name here.");
        var utf8 = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var reader = new Utf8JsonReader(utf8.AsSpan(0, Encoding.UTF8.GetBytes(json, utf8)));
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
                throw new TableDocumentException(table, partition, row, "it is no JSON object.");
            while (reader.Read()) { }
        }
        catch (JsonException e)
        {
            throw new TableDocumentException(table, partition, row, $"it is no JSON: {e.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }
}
