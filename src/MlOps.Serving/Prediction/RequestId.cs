using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace MlOps.Serving.Prediction;

/// <summary>The id that a request bears in its answer, in the prediction log, and in the labels that come later.</summary>
internal static class RequestId
{
    public const string Header = "X-Request-Id";

    private const int MaxLength = 128;
    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+/=@");

    // Unique by the process and a count; no two processes draw the same 64 bits.
    private static readonly string s_process = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private static long s_count;

    /// <summary>The caller's id where it is one (1 to 128 letters, digits and <c>-_.:+/=@</c>), else a new one; set on the answer, too.</summary>
    public static string Take(HttpContext context, string? proposed = null)
    {
        var id = proposed is null && context.Request.Headers[Header] is [{ } header] ? header : proposed;
        if (id is null or "" || !IsValid(id)) id = Create();
        context.Response.Headers[Header] = id;
        return id;
    }

    public static bool IsValid(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(s_allowed);

    private static string Create() => $"{s_process}{Interlocked.Increment(ref s_count):x16}";
}
