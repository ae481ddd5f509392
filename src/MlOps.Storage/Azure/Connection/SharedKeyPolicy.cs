using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MlOps.Storage.Azure.Connection;

/// <summary>Signs each try of a request with the account's key.</summary>
/// <remarks>Form: "Authorize with Shared Key", Storage REST API. Blobs: Shared Key; tables: Shared Key Lite, which covers date and path.</remarks>
internal sealed class SharedKeyPolicy : HttpPipelineSynchronousPolicy
{
    private static readonly string[] s_signedHeaders =
    [
        "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
        "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
    ];

    private readonly string _account;
    private readonly byte[] _key;
    private readonly TimeProvider _time;
    private readonly (string Scheme, Func<string, Request, string> TextOf) _form;

    private SharedKeyPolicy(string account, byte[] key, TimeProvider time, (string Scheme, Func<string, Request, string> TextOf) form) =>
        (_account, _key, _time, _form) = (account, key, time, form);

    /// <summary>For the blob service.</summary>
    public static SharedKeyPolicy ForBlobs(string account, byte[] key, TimeProvider time) => new(account, key, time, ("SharedKey", TextOfBlobRequest));

    /// <summary>For the table service.</summary>
    public static SharedKeyPolicy ForTables(string account, byte[] key, TimeProvider time) => new(account, key, time, ("SharedKeyLite", TextOfTableRequest));

    /// <inheritdoc/>
    public override void OnSendingRequest(HttpMessage message)
    {
        var request = message.Request;
        request.Headers.SetValue("x-ms-date", _time.GetUtcNow().ToString("R"));
        var signature = Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(_form.TextOf(_account, request))));
        request.Headers.SetValue("Authorization", $"{_form.Scheme} {_account}:{signature}");
    }

    private static string TextOfBlobRequest(string account, Request request)
    {
        var text = new StringBuilder(request.Method.Method).Append('\n');
        foreach (var header in s_signedHeaders) text.Append(ValueOf(request, header)).Append('\n');
        foreach (var header in request.Headers.Where(h => h.Name.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).OrderBy(h => h.Name.ToLowerInvariant(), StringComparer.Ordinal))
            text.Append(header.Name.ToLowerInvariant()).Append(':').Append(header.Value.Trim()).Append('\n');
        var uri = request.Uri.ToUri();
        text.Append('/').Append(account).Append(uri.AbsolutePath);
        foreach (var (name, value) in QueryOf(uri).OrderBy(q => q.Name, StringComparer.Ordinal)) text.Append('\n').Append(name).Append(':').Append(value);
        return text.ToString();
    }

    private static string TextOfTableRequest(string account, Request request)
    {
        var uri = request.Uri.ToUri();
        var component = QueryOf(uri).Where(q => q.Name is "comp").Select(q => $"?comp={q.Value}").FirstOrDefault();
        return $"{ValueOf(request, "x-ms-date")}\n/{account}{uri.AbsolutePath}{component}";
    }

    private static string ValueOf(Request request, string header)
    {
        // Where it is not set, the transport takes it from the content.
        if (header is "Content-Length") return request.Content is { } content && content.TryComputeLength(out var length) && length > 0 ? $"{length}" : "";
        return request.Headers.TryGetValue(header, out var value) ? value : "";
    }

    private static IEnumerable<(string Name, string Value)> QueryOf(Uri uri) =>
        uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2))
            .Select(part => (part[0].ToLowerInvariant(), part.Length is 2 ? Uri.UnescapeDataString(part[1]) : ""));
}
