namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>What a scan holds of each block: a band of coefficients, and which of their bits (ITU-T T.81, annex G; all of both when sequential).</summary>
/// <param name="First">First coefficient, in zigzag order.</param>
/// <param name="Last">Last coefficient.</param>
/// <param name="High">Bits that earlier scans gave; 0: none.</param>
/// <param name="Low">Bits that later scans give.</param>
internal readonly record struct ScanBand(int First, int Last, int High, int Low);

/// <summary>Reads the blocks of one component in one scan.</summary>
internal sealed class BlockDecoder(EntropyBits bits, HuffmanTable? dc, HuffmanTable? ac, ScanBand band)
{
    private int _prediction;
    private int _emptyBlocks;

    /// <summary>Forgets what was read, as after a restart marker.</summary>
    public void Restart() => (_prediction, _emptyBlocks) = (0, 0);

    /// <summary>Reads a block of a sequential frame.</summary>
    public void ReadSequential(Span<short> block)
    {
        ReadFirstDc(block);
        for (var k = 1; k < 64; k++)
        {
            var (zeros, size) = ReadRun();
            if (size is 0 && zeros < 15) return;
            k += zeros;
            if (size > 0) block[Index(k)] = (short)bits.Signed(size);
        }
    }

    /// <summary>Reads what a scan of a progressive frame adds to a block.</summary>
    public void ReadProgressive(Span<short> block)
    {
        if (band.First is 0 && band.High is 0) ReadFirstDc(block);
        else if (band.First is 0) block[0] |= (short)(bits.Bit() << band.Low);
        else if (band.High is 0) ReadFirstAc(block);
        else RefineAc(block);
    }

    private void ReadFirstDc(Span<short> block)
    {
        _prediction += bits.Signed(Table(dc).Read(bits) & 15);
        block[0] = (short)(_prediction << band.Low);
    }

    private void ReadFirstAc(Span<short> block)
    {
        if (_emptyBlocks > 0)
        {
            _emptyBlocks--;
            return;
        }
        for (var k = band.First; k <= band.Last; k++)
        {
            var (zeros, size) = ReadRun();
            if (size is 0 && zeros < 15)
            {
                _emptyBlocks = (1 << zeros) + bits.Bits(zeros) - 1;
                return;
            }
            k += zeros;
            if (size > 0) block[Index(k)] = (short)(bits.Signed(size) << band.Low);
        }
    }

    private void RefineAc(Span<short> block)
    {
        var k = band.First;
        while (_emptyBlocks is 0 && k <= band.Last)
        {
            var (zeros, size) = ReadRun();
            if (size is 0 && zeros < 15)
            {
                _emptyBlocks = (1 << zeros) + bits.Bits(zeros);
                break;
            }
            var value = size is 0 ? 0 : bits.Bit() is 1 ? 1 << band.Low : -1 << band.Low;
            k = RefineUntilZero(block, k, zeros);
            if (value is not 0) block[Index(k)] = (short)value;
            k++;
        }
        if (_emptyBlocks is 0) return;
        RefineUntilZero(block, k, int.MaxValue);
        _emptyBlocks--;
    }

    /// <summary>Gives known coefficients one more bit, up to the zero after so many zeros.</summary>
    /// <returns>Where that zero is.</returns>
    private int RefineUntilZero(Span<short> block, int k, int zeros)
    {
        var bit = 1 << band.Low;
        for (; k <= band.Last; k++)
        {
            ref var known = ref block[Index(k)];
            if (known is 0)
            {
                if (zeros-- is 0) return k;
            }
            else if (bits.Bit() is 1 && (Math.Abs(known) & bit) is 0)
            {
                known += (short)(known > 0 ? bit : -bit);
            }
        }
        return k;
    }

    private (int Zeros, int Size) ReadRun()
    {
        var code = Table(ac).Read(bits);
        return (code >> 4, code & 15);
    }

    private static HuffmanTable Table(HuffmanTable? table) => table ?? throw new BrokenImageException("a table of its codes is missing");

    private static int Index(int k) => k < 64 ? Zigzag.Order[k] : throw new BrokenImageException("it is damaged or cut off");
}

/// <summary>The order in which the coefficients of a block come.</summary>
internal static class Zigzag
{
    /// <summary>Of each coefficient, its place in the block, row by row.</summary>
    public static ReadOnlySpan<byte> Order =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];
}
