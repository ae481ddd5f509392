using System.Globalization;
using Azure;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>What the headers of an answer say of a blob.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="LastModified">Time of the last write.</param>
/// <param name="CopyStatus"><c>pending</c>, <c>success</c>, <c>failed</c>, <c>aborted</c>, or <see langword="null"/>: it was no copy.</param>
internal sealed record BlobProperties(long Length, string ETag, DateTimeOffset LastModified, string? CopyStatus)
{
    public static BlobProperties Of(Response response) => new(
        LengthOf(response),
        ETagOf(response),
        response.Headers.TryGetValue("Last-Modified", out var modified) ? DateTimeOffset.Parse(modified, CultureInfo.InvariantCulture) : default,
        response.Headers.TryGetValue("x-ms-copy-status", out var copy) ? copy : null);

    public static string ETagOf(Response response) => response.Headers.TryGetValue("ETag", out var eTag) ? eTag.Trim('"') : "";

    public static bool IsCopied(Response response) => response.Headers.TryGetValue("x-ms-copy-status", out var copy) && copy is "success";

    /// <summary>Length of the whole blob, also when the answer holds its end only.</summary>
    private static long LengthOf(Response response)
    {
        if (response.Headers.TryGetValue("Content-Range", out var range) && range.LastIndexOf('/') is var at and >= 0)
            return long.Parse(range.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return response.Headers.ContentLengthLong ?? 0;
    }
}
