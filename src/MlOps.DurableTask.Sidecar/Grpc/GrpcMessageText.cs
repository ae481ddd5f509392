using System.Text;

namespace MlOps.DurableTask.Sidecar.Grpc;

/// <summary>
/// The value of the trailer <c>grpc-message</c>: UTF-8, in which every byte but printable ASCII, and the percent sign itself, is
/// percent-encoded.
/// </summary>
internal static class GrpcMessageText
{
    /// <summary>Peers refuse header blocks above 8 to 16 KiB; a message that long helps nobody.</summary>
    private const int MaxCharacters = 1024;

    public static string Encode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var rune in Shorten(message).EnumerateRunes())
        {
            if (rune.Value is >= ' ' and <= '~' and not '%')
                encoded.Append((char)rune.Value);
            else
                AppendBytes(encoded, rune);
        }
        return encoded.ToString();
    }

    private static void AppendBytes(StringBuilder encoded, Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            encoded.Append('%').Append(value.ToString("X2"));
    }

    private static string Shorten(string message) => message.Length <= MaxCharacters ? message : string.Concat(message.AsSpan(0, MaxCharacters), "…");
}
