using System.Buffers.Binary;

namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>Reads the luma of a JPEG: sequential or progressive, Huffman-coded, 8 bits, grey or YCbCr (ITU-T T.81, JFIF).</summary>
/// <remarks>The colours are not decoded. A progressive picture takes two bytes a pixel of memory, a sequential one a block.</remarks>
internal sealed class JpegReader
{
    private const long MaxProgressivePixels = 1L << 26;
    private const int StartOfScan = 0xDA;
    private const int EndOfImage = 0xD9;

    private readonly Stream _stream;
    private readonly long _maxPixels;
    private readonly ushort[][] _quantization = [new ushort[64], new ushort[64], new ushort[64], new ushort[64]];
    private readonly HuffmanTable?[] _dc = new HuffmanTable?[4];
    private readonly HuffmanTable?[] _ac = new HuffmanTable?[4];
    private readonly short[] _scratch = new short[64];
    private int _restartInterval;
    private JpegFrame? _frame;
    private LumaPlane? _luma;
    private short[] _coefficients = [];
    private bool _lumaRead;
    private bool _isRgb;

    private JpegReader(Stream stream, long maxPixels) => (_stream, _maxPixels) = (stream, maxPixels);

    private int LumaColumns => _frame!.Units.Columns * _frame.Components[0].H;

    /// <summary>Reads a picture.</summary>
    /// <param name="stream">A JPEG from its start.</param>
    /// <param name="maxPixels">Most pixels.</param>
    /// <exception cref="BrokenImageException">It is no valid JPEG, of a rare kind, cut off, or too large.</exception>
    public static PictureFacts Read(Stream stream, long maxPixels)
    {
        try
        {
            return new JpegReader(new BufferedStream(stream, 1 << 16), maxPixels).Read();
        }
        // Lengths in a damaged file lead anywhere.
        catch (Exception e) when (e is EndOfStreamException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new BrokenImageException("it is damaged or cut off", e);
        }
    }

    private PictureFacts Read()
    {
        var marker = NextMarker();
        while (marker is not EndOfImage)
        {
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
            {
                marker = NextMarker();
                continue;
            }
            var segment = ReadSegment();
            if (marker is StartOfScan) marker = ReadScan(segment);
            else
            {
                ReadTables(marker, segment);
                marker = NextMarker();
            }
        }
        if (_frame is null || !_lumaRead) throw new BrokenImageException("it has no pixels");
        if (_isRgb && _frame.Components.Count is 3) throw new BrokenImageException("its colours are not YCbCr; save it as sRGB");
        if (_frame.IsProgressive) CountCoefficients();
        return _luma!.Sums.FactsOf(_frame.Width, _frame.Height);
    }

    private void ReadTables(int marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case 0xDB:
                ReadQuantization(segment);
                break;
            case 0xC4:
                ReadHuffman(segment);
                break;
            case 0xDD:
                _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
                break;
            case >= 0xC0 and <= 0xCF and not (0xC8 or 0xCC):
                Begin(JpegFrame.Parse(marker, segment));
                break;
            case 0xEE when segment.StartsWith("Adobe"u8) && segment[11] is 0:
                _isRgb = true;
                break;
            default:
                // Metadata.
                break;
        }
    }

    private void Begin(JpegFrame frame)
    {
        if (_frame is not null) throw new BrokenImageException("it has two frames");
        var most = frame.IsProgressive ? Math.Min(MaxProgressivePixels, _maxPixels) : _maxPixels;
        if ((long)frame.Width * frame.Height > most) throw new BrokenImageException($"{frame.Width} x {frame.Height} pixels are more than {most:N0}");
        _frame = frame;
        var (width, height) = frame.SizeOf(frame.Components[0]);
        _luma = new LumaPlane(width, height);
        if (frame.IsProgressive) _coefficients = new short[64L * LumaColumns * frame.Units.Rows * frame.Components[0].V];
    }

    private void ReadQuantization(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            var (isWide, table) = (segment[0] >> 4 is not 0, _quantization[segment[0] & 3]);
            segment = segment[1..];
            for (var k = 0; k < 64; k++)
            {
                table[Zigzag.Order[k]] = isWide ? BinaryPrimitives.ReadUInt16BigEndian(segment) : segment[0];
                segment = segment[(isWide ? 2 : 1)..];
            }
        }
    }

    private void ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            var counts = segment.Slice(1, 16);
            var total = 0;
            foreach (var count in counts) total += count;
            (segment[0] >> 4 is 0 ? _dc : _ac)[segment[0] & 3] = new HuffmanTable(counts, segment.Slice(17, total).ToArray());
            segment = segment[(17 + total)..];
        }
    }

    /// <summary>Reads a scan.</summary>
    /// <returns>The marker that ends it.</returns>
    private int ReadScan(ReadOnlySpan<byte> segment)
    {
        var frame = _frame ?? throw new BrokenImageException("its pixels come before its header");
        var bits = new EntropyBits(_stream);
        var count = segment[0];
        var end = segment[(1 + 2 * count)..];
        var band = frame.IsProgressive ? new ScanBand(end[0], Math.Min(end[1], (byte)63), end[2] >> 4, end[2] & 15) : new ScanBand(0, 63, 0, 0);
        var parts = new List<(JpegComponent Component, BlockDecoder Decoder)>();
        for (var i = 0; i < count; i++)
        {
            var (id, tables) = (segment[1 + 2 * i], segment[2 + 2 * i]);
            var component = frame.Components.FirstOrDefault(c => c.Id == id) ?? throw new BrokenImageException("a scan is of no component");
            parts.Add((component, new BlockDecoder(bits, _dc[tables >> 4 & 3], _ac[tables & 3], band)));
        }

        // Scans of colours alone say nothing of the luma.
        if (parts.Exists(p => p.Component == frame.Components[0]))
        {
            _lumaRead = true;
            if (parts is [var only]) ReadAlone(only.Decoder, bits);
            else ReadInterleaved(parts, bits);
        }
        bits.SkipToMarker();
        return bits.Marker;
    }

    private void ReadAlone(BlockDecoder decoder, EntropyBits bits)
    {
        var (width, height) = _frame!.SizeOf(_frame.Components[0]);
        var (columns, rows) = (JpegFrame.Divide(width, 8), JpegFrame.Divide(height, 8));
        for (var i = 0; i < columns * rows; i++)
        {
            Restart([decoder], bits, i);
            ReadLuma(decoder, i % columns, i / columns);
        }
    }

    private void ReadInterleaved(List<(JpegComponent Component, BlockDecoder Decoder)> parts, EntropyBits bits)
    {
        var (columns, rows) = _frame!.Units;
        List<BlockDecoder> decoders = [.. parts.Select(p => p.Decoder)];
        for (var i = 0; i < columns * rows; i++)
        {
            Restart(decoders, bits, i);
            foreach (var (component, decoder) in parts)
            {
                for (var block = 0; block < component.H * component.V; block++)
                {
                    if (component == _frame.Components[0]) ReadLuma(decoder, i % columns * component.H + block % component.H, i / columns * component.V + block / component.H);
                    else ReadBlock(decoder, CleanScratch());
                }
            }
        }
    }

    private void Restart(List<BlockDecoder> decoders, EntropyBits bits, int unit)
    {
        if (_restartInterval is 0 || unit is 0 || unit % _restartInterval is not 0) return;
        bits.SkipRestart();
        foreach (var decoder in decoders) decoder.Restart();
    }

    private void ReadLuma(BlockDecoder decoder, int column, int row)
    {
        if (_frame!.IsProgressive)
        {
            ReadBlock(decoder, _coefficients.AsSpan(64 * (row * LumaColumns + column), 64));
            return;
        }
        var block = CleanScratch();
        ReadBlock(decoder, block);
        _luma!.Add(column, row, block, _quantization[_frame.Components[0].Quantization]);
    }

    private void ReadBlock(BlockDecoder decoder, Span<short> block)
    {
        if (_frame!.IsProgressive) decoder.ReadProgressive(block);
        else decoder.ReadSequential(block);
    }

    private void CountCoefficients()
    {
        var columns = LumaColumns;
        for (var i = 0; i < _coefficients.Length / 64; i++)
            _luma!.Add(i % columns, i / columns, _coefficients.AsSpan(64 * i, 64), _quantization[_frame!.Components[0].Quantization]);
    }

    private Span<short> CleanScratch()
    {
        _scratch.AsSpan().Clear();
        return _scratch;
    }

    private int NextMarker()
    {
        int value;
        // Bytes in between are not allowed, and skipped by everyone.
        do value = ReadByte();
        while (value is not 0xFF);
        do value = ReadByte();
        while (value is 0xFF);
        return value;
    }

    private byte[] ReadSegment()
    {
        var length = ReadByte() << 8 | ReadByte();
        if (length < 2) throw new BrokenImageException("it is damaged or cut off");
        var segment = new byte[length - 2];
        _stream.ReadExactly(segment);
        return segment;
    }

    private int ReadByte() => _stream.ReadByte() is >= 0 and var value ? value : throw new EndOfStreamException();
}
