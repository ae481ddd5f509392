using System.Buffers.Binary;
using System.IO.Compression;

namespace MlOps.Data.Ingest.Images;

/// <summary>Reads the pixels of a PNG, row by row, to count their luma: two rows are in memory, whatever the picture's size.</summary>
/// <remarks>W3C Portable Network Graphics (Third Edition): every colour type, bit depth and interlace method. Checksums are not checked.</remarks>
internal sealed class PngReader
{
    // Pass by pass of Adam7: first column and row, and the steps between columns and rows.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly PngHeader _header;
    private readonly byte[] _palette;
    private readonly LumaSums _luma = new();

    private PngReader(PngHeader header, byte[] palette) => (_header, _palette) = (header, palette);

    /// <summary>Reads a picture.</summary>
    /// <param name="stream">A PNG from its start.</param>
    /// <param name="maxPixels">Most pixels.</param>
    /// <exception cref="BrokenImageException">It is no valid PNG, cut off, or too large.</exception>
    public static PictureFacts Read(Stream stream, long maxPixels)
    {
        try
        {
            var chunks = new PngChunks(stream);
            var header = PngHeader.Parse(chunks.ReadHeader());
            if ((long)header.Width * header.Height > maxPixels) throw new BrokenImageException($"{header.Width} x {header.Height} pixels are more than {maxPixels:N0}");
            var palette = chunks.SkipToData();
            if (header.IsPalette && palette.Length is 0) throw new BrokenImageException("it has no palette");
            var reader = new PngReader(header, palette);
            using var pixels = new ZLibStream(chunks, CompressionMode.Decompress);
            reader.ReadPixels(pixels);
            return reader._luma.FactsOf(header.Width, header.Height);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new BrokenImageException("it is damaged or cut off", e);
        }
    }

    private void ReadPixels(Stream pixels)
    {
        if (!_header.Interlaced)
        {
            ReadPass(pixels, _header.Width, _header.Height);
            return;
        }
        foreach (var (x, y, stepX, stepY) in s_adam7)
            ReadPass(pixels, (_header.Width - x + stepX - 1) / stepX, (_header.Height - y + stepY - 1) / stepY);
    }

    private void ReadPass(Stream pixels, int width, int height)
    {
        if (width <= 0 || height <= 0) return;
        var length = checked((int)(((long)width * _header.BitsPerPixel + 7) / 8));
        var (before, row) = (new byte[length], new byte[length]);
        Span<byte> filter = stackalloc byte[1];
        for (var y = 0; y < height; y++)
        {
            pixels.ReadExactly(filter);
            pixels.ReadExactly(row);
            Unfilter(filter[0], row, before, Math.Max(1, _header.BitsPerPixel / 8));
            CountRow(row, width);
            (before, row) = (row, before);
        }
    }

    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> before, int step)
    {
        for (var i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = before[i], upLeft = i >= step ? before[i - step] : 0;
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, upLeft),
                _ => throw new BrokenImageException($"it has a row with filter {filter}"),
            };
        }
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var estimate = left + up - upLeft;
        var (toLeft, toUp, toUpLeft) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - upLeft));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }

    private void CountRow(ReadOnlySpan<byte> row, int width)
    {
        for (var x = 0; x < width; x++)
        {
            var first = x * _header.Channels;
            if (_header.IsPalette)
            {
                var entry = 3 * Sample(row, x);
                if (entry + 2 >= _palette.Length) throw new BrokenImageException("a pixel is outside of its palette");
                _luma.Add(_palette[entry], _palette[entry + 1], _palette[entry + 2]);
            }
            else if (_header.IsColour)
            {
                _luma.Add(Scaled(row, first), Scaled(row, first + 1), Scaled(row, first + 2));
            }
            else
            {
                _luma.Add(Scaled(row, first));
            }
        }
    }

    private double Scaled(ReadOnlySpan<byte> row, int sample) => Sample(row, sample) * 255.0 / ((1 << _header.BitDepth) - 1);

    private int Sample(ReadOnlySpan<byte> row, int sample) => _header.BitDepth switch
    {
        16 => row[2 * sample] << 8 | row[2 * sample + 1],
        8 => row[sample],
        var bits => row[sample * bits / 8] >> (8 - bits - sample * bits % 8) & ((1 << bits) - 1),
    };
}

/// <summary>The chunk IHDR of a PNG.</summary>
internal sealed record PngHeader(int Width, int Height, int BitDepth, int ColourType, bool Interlaced)
{
    public bool IsPalette => ColourType is 3;

    public bool IsColour => ColourType is 2 or 6;

    public int Channels => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public int BitsPerPixel => Channels * BitDepth;

    /// <exception cref="BrokenImageException">The values do not go together.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> chunk)
    {
        var header = new PngHeader(BinaryPrimitives.ReadInt32BigEndian(chunk), BinaryPrimitives.ReadInt32BigEndian(chunk[4..]), chunk[8], chunk[9], chunk[12] is 1);
        var depthFits = (header.ColourType, header.BitDepth) is (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16);
        return header is { Width: > 0, Height: > 0 } && depthFits && chunk[10] is 0 && chunk[11] is 0 && chunk[12] is 0 or 1
            ? header
            : throw new BrokenImageException("its header cannot be true");
    }
}
