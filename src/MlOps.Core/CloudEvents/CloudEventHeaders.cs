using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.Core.CloudEvents;

/// <summary>CloudEvents in binary mode of the HTTP protocol binding: attributes are <c>ce-</c> headers, the body is the data.</summary>
public static class CloudEventHeaders
{
    private const string Prefix = "ce-";
    private static readonly string[] s_required = ["ce-specversion", "ce-id", "ce-source", "ce-type"];
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether a request with such headers means to be an event: it has a required attribute as a header.</summary>
    public static bool Announce(IEnumerable<string> headers) => headers.Any(h => s_required.Contains(h, StringComparer.OrdinalIgnoreCase));

    /// <summary>Reads an event.</summary>
    /// <param name="headers">All headers of the request, each value of a repeated one by itself.</param>
    /// <param name="contentType">Its content type: that of the data; <see langword="null"/>: none.</param>
    /// <param name="body">The data; empty: none.</param>
    /// <exception cref="CloudEventException">A header is missing or breaks its rule, or the body is not of its type.</exception>
    public static CloudEvent Read(IEnumerable<KeyValuePair<string, string>> headers, string? contentType, ReadOnlySpan<byte> body)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, value) in headers.Where(h => h.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            var name = header[Prefix.Length..].ToLowerInvariant();
            if (name is "datacontenttype") throw new CloudEventException($"header '{Prefix}{name}' must not be there: in binary mode the header 'Content-Type' says it.");
            if (!attributes.TryAdd(name, Decode(name, value))) throw new CloudEventException($"{PlaceOf(name)} is given twice.");
        }

        if (contentType is not null) attributes.Add("datacontenttype", contentType);
        else if (body.Length > 0) throw new CloudEventException("header 'Content-Type' is missing: it says what the data in the body are.");
        return CloudEvent.Create(attributes, DataOf(contentType, body), PlaceOf);
    }

    /// <summary>A header's value as an attribute's: quoted parts are unquoted, then <c>%xy</c> become the bytes of UTF-8 that they stand for, once.</summary>
    internal static string Decode(string name, string value)
    {
        var bytes = new MemoryStream(value.Length);
        var text = Unquote(name, value);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not (>= ' ' and <= '~'))
                throw new CloudEventException($"{PlaceOf(name)} holds the character U+{(int)text[i]:X4}: what is not printable ASCII is percent-encoded as UTF-8.");
            if (text[i] is not '%') bytes.WriteByte((byte)text[i]);
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var decoded))
            {
                bytes.WriteByte(decoded);
                i += 2;
            }
            else throw new CloudEventException($"{PlaceOf(name)} is '{value}': two hexadecimal digits must follow each %, and a % itself is written %25.");
        }

        try
        {
            return s_strict.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (DecoderFallbackException error)
        {
            throw new CloudEventException($"{PlaceOf(name)} is '{value}': what is percent-encoded there is no UTF-8.", error);
        }
    }

    // Senders of older versions of the specification put quotation marks around values with spaces.
    private static string Unquote(string name, string value)
    {
        if (!value.Contains('"', StringComparison.Ordinal)) return value;
        var (text, quoted) = (new StringBuilder(value.Length), false);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is '"') quoted = !quoted;
            else if (quoted && value[i] is '\\' && ++i == value.Length) break;
            else text.Append(value[i]);
        }

        return quoted ? throw new CloudEventException($"{PlaceOf(name)} is '{value}': a quotation mark is opened and not closed.") : text.ToString();
    }

    private static JsonElement DataOf(string? contentType, ReadOnlySpan<byte> body)
    {
        if (body.Length is 0 || !CloudEvent.IsJson(contentType!)) return default;
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException error)
        {
            throw new CloudEventException($"header 'Content-Type' is '{contentType}', and the body is no JSON: {error.Message}", error);
        }
    }

    private static string PlaceOf(string name) => name is "datacontenttype" ? "header 'Content-Type'" : $"header '{Prefix}{name}'";
}
