using System.Text;
using MlOps.Core.Text;

namespace MlOps.Data.Ingest.Text;

/// <summary>The encoding of a text file, and the length of its byte-order mark.</summary>
/// <param name="Encoding">The encoding; <see langword="null"/>: UTF-8.</param>
/// <param name="MarkLength">Bytes of the byte-order mark; 0 without one.</param>
internal sealed record TextEncoding(Encoding? Encoding, int MarkLength)
{
    private static readonly Encoding s_utf16 = new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly Encoding s_utf16BigEndian = new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);
    private static readonly Encoding s_utf32 = new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true);
    private static readonly Encoding s_utf32BigEndian = new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true);

    /// <summary>Whether DuckDB can read the file as it is.</summary>
    public bool IsPlain => Encoding is null && MarkLength is 0;

    /// <summary>Finds the encoding: a byte-order mark decides; else zero bytes, which UTF-8 text has none of, show UTF-16; else what was declared holds.</summary>
    /// <param name="start">The first bytes of the file.</param>
    /// <param name="declared">Name of the declared encoding.</param>
    public static TextEncoding Detect(ReadOnlySpan<byte> start, string declared) => start switch
    {
        [0xEF, 0xBB, 0xBF, ..] => new(null, 3),
        [0xFF, 0xFE, 0, 0, ..] => new(s_utf32, 4),
        [0, 0, 0xFE, 0xFF, ..] => new(s_utf32BigEndian, 4),
        [0xFF, 0xFE, ..] => new(s_utf16, 2),
        [0xFE, 0xFF, ..] => new(s_utf16BigEndian, 2),
        [not 0, 0, not 0, 0, ..] => new(s_utf16, 0),
        [0, not 0, 0, not 0, ..] => new(s_utf16BigEndian, 0),
        _ => new(TextEncodings.TryGet(declared) is { CodePage: not 65001 } other ? other : null, 0),
    };
}
