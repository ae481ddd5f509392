namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>A table of Huffman codes (ITU-T T.81, annex C).</summary>
internal sealed class HuffmanTable
{
    private const int LongestCode = 16;

    private readonly int[] _firstCode = new int[LongestCode + 1];
    private readonly int[] _firstIndex = new int[LongestCode + 1];
    private readonly int[] _counts = new int[LongestCode + 1];
    private readonly byte[] _values;

    /// <summary>Makes a table.</summary>
    /// <param name="counts">Of each length from 1 to 16, how many codes there are.</param>
    /// <param name="values">What they stand for, in their order.</param>
    public HuffmanTable(ReadOnlySpan<byte> counts, byte[] values)
    {
        _values = values;
        var (code, index) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            (_firstCode[length], _firstIndex[length], _counts[length]) = (code, index, counts[length - 1]);
            index += counts[length - 1];
            code = (code + counts[length - 1]) << 1;
        }
    }

    /// <summary>Reads a code.</summary>
    /// <exception cref="BrokenImageException">There is no such code.</exception>
    public int Read(EntropyBits bits)
    {
        var code = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            code = code << 1 | bits.Bit();
            var offset = code - _firstCode[length];
            if (offset < _counts[length]) return _values[_firstIndex[length] + offset];
        }
        throw new BrokenImageException("it is damaged or cut off");
    }
}
