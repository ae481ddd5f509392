using System.Text;
using System.Text.Json;

namespace MlOps.Storage.Tables;

/// <summary>Where a page ended, as an opaque text that may be part of a URL.</summary>
internal static class TableContinuation
{
    public static string Write(string partition, string row) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes<string[]>([partition, row])).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <exception cref="FormatException">The text was not made by <see cref="Write"/>.</exception>
    public static (string Partition, string Row) Read(string token)
    {
        try
        {
            var padded = token.Replace('-', '+').Replace('_', '/') + new string('=', (4 - token.Length % 4) % 4);
            if (JsonSerializer.Deserialize<string[]>(Encoding.UTF8.GetString(Convert.FromBase64String(padded))) is [{ } partition, { } row]) return (partition, row);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Told below, in the caller's words.
        }
        throw new FormatException($"'{token}' is no continuation token; use the one of the previous page, unchanged.");
    }
}
