using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Azure.Core;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Azure.Tables;

/// <summary>What became of a batch: all of it is stored, or nothing.</summary>
internal enum TableBatchOutcome
{
    /// <summary>All of it is stored.</summary>
    Inserted,

    /// <summary>One of the documents is there already.</summary>
    Conflict,

    /// <summary>There is no such table.</summary>
    NoTable,
}

/// <summary>Inserts that go together: up to 100 entities of one partition and 4 MiB, as the service takes them ("entity group transaction").</summary>
internal sealed partial class TableBatch(StorageService service)
{
    /// <summary>Entities of a batch.</summary>
    public const int MostEntities = 100;

    /// <summary>Bytes of a batch, with room left for what stands around the entities.</summary>
    public const int MostBytes = 4 * 1024 * 1024 - 128 * 1024;

    /// <summary>Bytes around an entity: headers of its part.</summary>
    private const int PartBytes = 1024;

    /// <summary>Splits documents into batches, in their order.</summary>
    public static IEnumerable<IReadOnlyList<NewTableDocument>> Split(IEnumerable<NewTableDocument> documents)
    {
        foreach (var partition in documents.GroupBy(d => d.Partition, StringComparer.Ordinal))
        {
            var (batch, rows, bytes) = (new List<NewTableDocument>(), new HashSet<string>(StringComparer.Ordinal), 0);
            foreach (var document in partition)
            {
                // JSON within JSON: quotes are escaped, at worst each character.
                var size = 2 * Encoding.UTF8.GetByteCount(document.Json) + PartBytes;
                if (batch.Count is MostEntities || bytes + size > MostBytes || rows.Contains(document.Row))
                {
                    yield return batch;
                    (batch, bytes) = ([], 0);
                    rows.Clear();
                }
                batch.Add(document);
                rows.Add(document.Row);
                bytes += size;
            }
            if (batch.Count > 0) yield return batch;
        }
    }

    /// <summary>Inserts all documents of a batch, or none.</summary>
    public async Task<TableBatchOutcome> TryInsertAsync(string table, IReadOnlyList<NewTableDocument> batch, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        using var message = service.Create("table.batch", RequestMethod.Post, "$batch");
        message.Request.Headers.SetValue("Accept", "application/json");
        message.Request.Headers.SetValue("DataServiceVersion", "3.0");
        message.Request.Headers.SetValue("Content-Type", $"multipart/mixed; boundary=batch_{id}");
        message.Request.Content = RequestContent.Create(Write(table, batch, id));
        var response = await service.SendAsync(message, cancellationToken);
        if (response.Status is not 202) throw StorageService.ErrorOf(message);
        var body = response.Content.ToString();
        return InnerStatus().Match(body) switch
        {
            { Success: true } m when m.Groups["status"].ValueSpan is ['2', ..] => TableBatchOutcome.Inserted,
            { Success: true } m when m.Groups["status"].ValueSpan is "409" => TableBatchOutcome.Conflict,
            { Success: true } m when m.Groups["status"].ValueSpan is "404" && body.Contains("TableNotFound", StringComparison.Ordinal) => TableBatchOutcome.NoTable,
            var m => throw new IOException($"Storage did not insert {batch.Count} documents into {table}, partition '{batch[0].Partition}': {(m.Success ? m.Value : "it answered with no status")} {ErrorCode().Match(body).Groups["code"].Value}".TrimEnd() + "."),
        };
    }

    private byte[] Write(string table, IReadOnlyList<NewTableDocument> batch, string id)
    {
        using var body = new MemoryStream();
        void Line(string text) => body.Write(Encoding.UTF8.GetBytes(text + "\r\n"));
        Line($"--batch_{id}");
        Line($"Content-Type: multipart/mixed; boundary=changeset_{id}");
        Line("");
        foreach (var document in batch)
        {
            Line($"--changeset_{id}");
            Line("Content-Type: application/http");
            Line("Content-Transfer-Encoding: binary");
            Line("");
            Line($"POST {service.Endpoint.AbsoluteUri.TrimEnd('/')}/{table} HTTP/1.1");
            Line("Content-Type: application/json");
            Line("Accept: application/json;odata=minimalmetadata");
            Line("Prefer: return-no-content");
            Line("DataServiceVersion: 3.0");
            Line("");
            body.Write(TableEntity.Write(document.Partition, document.Row, document.Json, id).Span);
            Line("");
        }
        Line($"--changeset_{id}--");
        Line($"--batch_{id}--");
        return body.ToArray();
    }

    // The first part tells: all succeeded, or one failed and stands for all.
    [GeneratedRegex(@"HTTP/1\.1 (?<status>\d{3})[^\r\n]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InnerStatus();

    [GeneratedRegex("""
        "code"\s*:\s*"(?<code>\w+)"
        """, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorCode();
}
