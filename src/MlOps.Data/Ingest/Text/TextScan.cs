using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace MlOps.Data.Ingest.Text;

/// <summary>One pass over a text file: hashes it, checks that it is UTF-8 and that no line is too long.</summary>
/// <param name="name">The file's name.</param>
/// <param name="maxLineBytes">Longest line; DuckDB's CSV reader loses longer ones without a word.</param>
internal sealed class TextScan(string name, long maxLineBytes)
{
    private const int BufferSize = 1 << 20;
    private const int LongestSequence = 4;

    /// <summary>Reads the stream to its end.</summary>
    /// <returns>SHA-256 as 64 lower-case hexadecimal digits.</returns>
    /// <exception cref="DatasetFileException">A byte is not UTF-8, or is NUL, or a line is too long; the message names offset and line.</exception>
    public string Run(Stream stream, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize + LongestSequence);
        try
        {
            long offset = 0, line = 1, lineStart = 0;
            var carried = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = stream.Read(buffer, carried, BufferSize);
                sha.AppendData(buffer, carried, read);
                var text = buffer.AsSpan(0, carried + read);
                // A sequence that the end of the buffer cuts waits for the next part; at the end of the file it is an error.
                var whole = read == 0 ? text.Length : text.Length - UnfinishedTail(text);
                Check(text[..whole], offset, line);
                if (read == 0) return Convert.ToHexStringLower(sha.GetHashAndReset());
                CountLines(text[..whole], offset, ref line, ref lineStart);
                offset += whole;
                text[whole..].CopyTo(buffer);
                carried = text.Length - whole;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void CountLines(ReadOnlySpan<byte> text, long offset, ref long line, ref long lineStart)
    {
        var from = 0;
        for (int length; (length = text[from..].IndexOf((byte)'\n')) >= 0; from += length + 1)
        {
            if (offset + from + length - lineStart > maxLineBytes) throw TooLong(line);
            line++;
            lineStart = offset + from + length + 1;
        }
        // A line without end need not be read to its end.
        if (offset + text.Length - lineStart > maxLineBytes) throw TooLong(line);
    }

    private DatasetFileException TooLong(long line) =>
        new(name, $"the line is longer than {maxLineBytes:N0} bytes.", "See whether line ends are missing; raise the limit if such lines are right.", line);

    private void Check(ReadOnlySpan<byte> text, long offset, long line)
    {
        var bad = Utf8.IsValid(text) ? text.IndexOf((byte)0) : FirstInvalid(text);
        if (bad < 0) return;
        var lineOfBad = line + text[..bad].Count((byte)'\n');
        throw text[bad] == 0
            ? new DatasetFileException(name, $"a NUL byte at offset {offset + bad}: this is no text.", "Remove it, or drop the file in its true format.", lineOfBad)
            : new DatasetFileException(name, $"byte 0x{text[bad]:X2} at offset {offset + bad} is not UTF-8.",
                "Declare the encoding in data.files.encoding, such as windows-1252, or convert the file: iconv -f WINDOWS-1252 -t UTF-8.", lineOfBad);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out var length) is OperationStatus.Done) position += length;
        return position;
    }

    private static int UnfinishedTail(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length < LongestSequence && length <= text.Length; length++)
        {
            var lead = text[^length];
            if ((lead & 0xC0) == 0x80) continue;
            var needed = lead switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return needed > length ? length : 0;
        }
        return 0;
    }
}
