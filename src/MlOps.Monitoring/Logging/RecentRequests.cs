using System.Text;
using System.Text.Json;
using MlOps.Data.Native;
using MlOps.Storage.Blobs;

namespace MlOps.Monitoring.Logging;

/// <summary>The rows that an endpoint was asked for of late, as the prediction log has them. Hidden columns are as the log hides them.</summary>
public sealed class RecentRequests(IBlobStore blobs)
{
    /// <summary>The latest rows that were answered, newest first; fewer where the log has fewer.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReadAsync(string endpoint, int count, CancellationToken cancellationToken)
    {
        var rows = new List<JsonElement>();
        foreach (var segment in await NewestAsync(PredictionFiles.SegmentsOf(endpoint), "", cancellationToken))
        {
            if (rows.Count == count) return rows;
            // Sorted into its day in the meantime: its rows are met there.
            if (await blobs.TryReadAsync(segment, cancellationToken) is { } content) rows.AddRange(RowsOf(content).Take(count - rows.Count));
        }

        foreach (var day in await NewestAsync(PredictionFiles.FolderOf(endpoint), PredictionFiles.AnswersEnding, cancellationToken))
        {
            if (rows.Count == count) return rows;
            using var file = await blobs.AsLocalFileAsync(day, cancellationToken);
            rows.AddRange(RowsOf(file.Path, count - rows.Count, cancellationToken));
        }

        return rows;
    }

    /// <summary>Names of blobs, newest first: they sort by time.</summary>
    private async Task<IReadOnlyList<string>> NewestAsync(string prefix, string ending, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken))
        {
            if (blob.Name.EndsWith(ending, StringComparison.Ordinal)) names.Add(blob.Name);
        }

        names.Reverse();
        return names;
    }

    private static IEnumerable<JsonElement> RowsOf(BlobContent segment) =>
        Encoding.UTF8.GetString(segment.Content.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(TryReadRow).OfType<JsonElement>();

    private static JsonElement? TryReadRow(string line)
    {
        try
        {
            using var answer = JsonDocument.Parse(line);
            var root = answer.RootElement;
            return root.GetProperty("status").GetInt32() is 200 && !root.GetProperty("mirrored").GetBoolean() && root.TryGetProperty("instance", out var row) ? row.Clone() : null;
        }
        catch (JsonException)
        {
            // A damaged line keeps nothing else back.
            return null;
        }
    }

    private static List<JsonElement> RowsOf(string path, int count, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection
            .Rows($"SELECT instance FROM read_parquet({Sql.Text(path)}) WHERE status = 200 AND NOT mirrored AND instance IS NOT NULL ORDER BY logged DESC, row LIMIT {count}", cancellationToken)
            .Select(r => JsonSerializer.Deserialize<JsonElement>(r.Text(0)!))];
    }
}
