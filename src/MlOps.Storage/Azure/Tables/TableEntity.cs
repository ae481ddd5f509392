using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Azure.Tables;

/// <summary>A document as an entity: its text in the property <c>Json</c>, and, since a property holds 64 KiB, what does not fit in <c>Json2</c>, <c>Json3</c> and so on.</summary>
/// <remarks>
/// An entity holds 1 MiB. A document of 500 KiB of UTF-8 has at most 512,000 UTF-16 characters, 1,000 KiB as the service counts;
/// its 16 properties and two keys of 1 KiB fit beside them.
/// </remarks>
internal static class TableEntity
{
    /// <summary>UTF-16 characters that a text property holds.</summary>
    private const int MostCharacters = 32 * 1024;

    private const string Text = "Json";

    /// <summary>Says which write an entity is from.</summary>
    private const string WriteMark = "Write";

    private static readonly JsonWriterOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An entity as the service takes it.</summary>
    public static ReadOnlyMemory<byte> Write(string partition, string row, string json, string mark)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer, s_relaxed))
        {
            writer.WriteStartObject();
            writer.WriteString("PartitionKey", partition);
            writer.WriteString("RowKey", row);
            writer.WriteString(WriteMark, mark);
            var part = 1;
            foreach (var range in PartsOf(json)) writer.WriteString(NameOf(part++), json.AsSpan(range));
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>A document of an entity that the service gave.</summary>
    /// <param name="table">The table, for messages.</param>
    /// <param name="entity">The entity.</param>
    /// <exception cref="StoredDocumentException">The entity holds no document: somebody else wrote it.</exception>
    public static TableRow Read(string table, JsonElement entity)
    {
        var (partition, row) = (entity.GetProperty("PartitionKey").GetString()!, entity.GetProperty("RowKey").GetString()!);
        if (!entity.TryGetProperty(Text, out var first) || first.ValueKind is not JsonValueKind.String)
            throw new StoredDocumentException($"{table}/{partition}/{row}", typeof(TableRow), null);
        var json = first.GetString()!;
        if (entity.TryGetProperty(NameOf(2), out var next))
        {
            var parts = new List<string> { json };
            do parts.Add(next.GetString()!);
            while (entity.TryGetProperty(NameOf(parts.Count + 1), out next));
            json = string.Concat(parts);
        }
        return new TableRow(partition, row, json, ETagOf(entity.GetProperty("odata.etag").GetString()!));
    }

    /// <summary>Which write an entity is from, or <see langword="null"/>.</summary>
    public static string? MarkOf(JsonElement entity) => entity.TryGetProperty(WriteMark, out var mark) ? mark.GetString() : null;

    /// <summary>An ETag as callers have it: what stands between the quotes of <c>W/"…"</c>.</summary>
    public static string ETagOf(string header) => header.StartsWith("W/\"", StringComparison.Ordinal) ? header[3..^1] : header.Trim('"');

    /// <summary>An ETag as the service has it; <see langword="null"/>: it is none of the service's.</summary>
    public static string? HeaderOf(string eTag) => eTag.StartsWith("datetime'", StringComparison.Ordinal) && eTag.All(c => char.IsAscii(c) && !char.IsControl(c) && c is not '"') ? $"W/\"{eTag}\"" : null;

    private static string NameOf(int part) => part is 1 ? Text : $"{Text}{part}";

    private static IEnumerable<Range> PartsOf(string json)
    {
        for (var start = 0; start < json.Length;)
        {
            var end = Math.Min(start + MostCharacters, json.Length);
            // A pair of surrogates is one character and stays together.
            if (end < json.Length && char.IsHighSurrogate(json[end - 1])) end--;
            yield return start..end;
            start = end;
        }
    }
}
