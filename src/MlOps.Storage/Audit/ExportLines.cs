using System.Buffers;
using System.Text;

namespace MlOps.Storage.Audit;

/// <summary>The lines of an exported log. Every byte counts: no other line ends, no byte-order mark, nothing that is not UTF-8.</summary>
/// <param name="input">The file.</param>
/// <param name="longest">Most bytes a line may have.</param>
internal sealed class ExportLines(Stream input, int longest)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _at;
    private int _filled;

    /// <summary>Why there are no more lines; <see langword="null"/>: the file ends where it should.</summary>
    public string? Problem { get; private set; }

    /// <summary>The next line, without its end; <see langword="null"/> at the end, or when the rest is no line.</summary>
    public async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (Problem is not null) return null;
        _line.ResetWrittenCount();
        while (true)
        {
            if (_at == _filled)
            {
                (_at, _filled) = (0, await input.ReadAsync(_buffer, cancellationToken));
                if (_filled == 0) return _line.WrittenCount == 0 ? null : Stop("The last line is cut off.");
            }
            var end = Array.IndexOf(_buffer, (byte)'\n', _at, _filled - _at);
            var stop = end < 0 ? _filled : end;
            if (_line.WrittenCount + stop - _at > longest) return Stop("A line is longer than any entry.");
            _line.Write(_buffer.AsSpan(_at, stop - _at));
            _at = end < 0 ? _filled : end + 1;
            if (end >= 0) return Text();
        }
    }

    private string? Text()
    {
        try
        {
            return s_strict.GetString(_line.WrittenSpan);
        }
        catch (DecoderFallbackException)
        {
            return Stop("A line is no UTF-8 text: it was changed.");
        }
    }

    private string? Stop(string problem)
    {
        Problem = problem;
        return null;
    }
}
