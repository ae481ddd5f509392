namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>The bits of entropy-coded data; markers end it, stuffed zero bytes are taken out (ITU-T T.81, F.2.2.5).</summary>
internal sealed class EntropyBits(Stream stream)
{
    // A decoder may look ahead of the last code; more than this means that codes are missing.
    private const int MostMissingBytes = 4;

    private int _bits;
    private int _count;
    private int _missing;

    /// <summary>The marker that ended the data; 0: none was met.</summary>
    public int Marker { get; private set; }

    /// <summary>Begins again at the next byte, as after a restart marker.</summary>
    public void Reset() => (_bits, _count, _missing, Marker) = (0, 0, 0, 0);

    /// <summary>The next bit.</summary>
    public int Bit()
    {
        if (_count is 0) (_bits, _count) = (NextByte(), 8);
        return _bits >> --_count & 1;
    }

    /// <summary>The next bits as a number.</summary>
    public int Bits(int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++) value = value << 1 | Bit();
        return value;
    }

    /// <summary>The next bits as a signed number whose first bit tells the sign (F.2.2.1).</summary>
    public int Signed(int count)
    {
        if (count is 0) return 0;
        var value = Bits(count);
        return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
    }

    /// <summary>Goes to the marker that ends the data.</summary>
    public void SkipToMarker()
    {
        while (Marker is 0 or >= 0xD0 and <= 0xD7)
        {
            Marker = 0;
            ReadDataByte();
        }
    }

    /// <summary>Goes over a restart marker.</summary>
    /// <exception cref="BrokenImageException">There is none.</exception>
    public void SkipRestart()
    {
        while (Marker is 0) ReadDataByte();
        if (Marker is < 0xD0 or > 0xD7) throw new BrokenImageException("it is damaged or cut off");
        Reset();
    }

    private int NextByte()
    {
        if (Marker is 0 && ReadDataByte() is >= 0 and var value) return value;
        return ++_missing > MostMissingBytes ? throw new BrokenImageException("it is damaged or cut off") : 0;
    }

    // Below zero: a marker was met.
    private int ReadDataByte()
    {
        var value = Read();
        if (value is not 0xFF) return value;
        int next;
        do next = Read();
        while (next is 0xFF);
        if (next is 0) return 0xFF;
        Marker = next;
        return -1;
    }

    private int Read() => stream.ReadByte() is >= 0 and var value ? value : throw new EndOfStreamException();
}
