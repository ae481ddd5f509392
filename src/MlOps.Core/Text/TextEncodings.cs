using System.Text;

namespace MlOps.Core.Text;

/// <summary>Encodings by name. Bytes and characters that an encoding has no meaning for are errors, never question marks.</summary>
public static class TextEncodings
{
    /// <summary>The encoding of an IANA name or one of its aliases, whatever the case; <see langword="null"/> when there is none.</summary>
    public static Encoding? TryGet(string name) =>
        // People call it so; the IANA knows iso-8859-1 and latin1.
        name.Equals("latin-1", StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : TryGetSystem(name) ?? TryGetCodePage(name);

    private static Encoding? TryGetSystem(string name)
    {
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        // UTF-7, which is a risk, is said to be unsupported; other unknown names are bad arguments.
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static Encoding? TryGetCodePage(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
