using System.Buffers;
using System.Text;

namespace MlOps.Data.Ingest.Text;

/// <summary>Writes a text file as UTF-8, in pieces of bounded size. Bytes without a meaning are refused with their line.</summary>
/// <param name="name">The file's name, for messages.</param>
/// <param name="encoding">The encoding of the file, which throws at such bytes.</param>
internal sealed class Transcoder(string name, Encoding encoding)
{
    private const int BufferSize = 1 << 19;
    private const int Windows1252 = 1252;

    // .NET makes control characters of the five bytes that windows-1252 leaves open; in truth they show another encoding.
    private static readonly SearchValues<char> s_openIn1252 = SearchValues.Create("\u0081\u008D\u008F\u0090\u009D");

    /// <summary>Writes the rest of the stream into the target.</summary>
    /// <exception cref="DatasetFileException">The encoding has no meaning for some bytes.</exception>
    public void Run(Stream source, Stream target, CancellationToken cancellationToken)
    {
        var decoder = encoding.GetDecoder();
        using var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), BufferSize, leaveOpen: true);
        var bytes = new byte[BufferSize];
        var chars = new char[encoding.GetMaxCharCount(BufferSize)];
        var line = 1L;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = source.Read(bytes);
            var text = chars.AsSpan(0, Decode(decoder, bytes.AsSpan(0, read), chars, line));
            if (encoding.CodePage is Windows1252 && text.IndexOfAny(s_openIn1252) is >= 0 and var at)
                throw Refusal($"byte 0x{(int)text[at]:X2}", line + text[..at].Count('\n'));
            writer.Write(text);
            line += text.Count('\n');
            if (read is 0) return;
        }
    }

    private int Decode(Decoder decoder, ReadOnlySpan<byte> bytes, char[] chars, long line)
    {
        try
        {
            return decoder.GetChars(bytes, chars, flush: bytes.IsEmpty);
        }
        catch (DecoderFallbackException e)
        {
            // The index counts from the start of this piece; below zero: the sequence began in the one before.
            var before = bytes[..Math.Clamp(e.Index, 0, bytes.Length)];
            var lenient = (Encoding)encoding.Clone();
            lenient.DecoderFallback = DecoderFallback.ReplacementFallback;
            var unknown = e.BytesUnknown is { Length: > 0 } bad ? $"bytes 0x{Convert.ToHexString(bad)}" : "the end of the file";
            throw Refusal(unknown, line + lenient.GetString(before).AsSpan().Count('\n'), e);
        }
    }

    private DatasetFileException Refusal(string what, long line, Exception? inner = null) =>
        new(name, $"{what} cannot be read as {encoding.WebName}.", "Declare the true encoding in data.files.encoding, or write the file as UTF-8.", line, inner: inner);
}
