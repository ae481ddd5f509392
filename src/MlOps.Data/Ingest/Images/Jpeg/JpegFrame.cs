using System.Buffers.Binary;

namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>The frame header of a JPEG (SOF0, SOF1, SOF2).</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="IsProgressive">Whether coefficients come in several scans.</param>
/// <param name="Components">The colour components; the first is the luma.</param>
internal sealed record JpegFrame(int Width, int Height, bool IsProgressive, IReadOnlyList<JpegComponent> Components)
{
    private int MaxH => Components.Max(c => c.H);

    private int MaxV => Components.Max(c => c.V);

    /// <summary>Units of an interleaved scan: all components' blocks over the same area.</summary>
    public (int Columns, int Rows) Units => (Divide(Width, 8 * MaxH), Divide(Height, 8 * MaxV));

    /// <summary>The samples of a component.</summary>
    public (int Width, int Height) SizeOf(JpegComponent component) => (Divide(Width * component.H, MaxH), Divide(Height * component.V, MaxV));

    /// <exception cref="BrokenImageException">It cannot be true, or is of a kind that is not read.</exception>
    public static JpegFrame Parse(int marker, ReadOnlySpan<byte> segment)
    {
        if (marker is not (0xC0 or 0xC1 or 0xC2)) throw new BrokenImageException("it is a JPEG of a rare kind (lossless or arithmetic coding), which is not read; save it anew");
        if (segment.Length < 6 || segment.Length < 6 + 3 * segment[5]) throw new BrokenImageException("its header cannot be true");
        if (segment[0] is not 8) throw new BrokenImageException($"its samples have {segment[0]} bits; 8 are read");
        if (segment[5] is not (1 or 3)) throw new BrokenImageException("it is neither grey nor in colours of YCbCr; save it as sRGB");
        var components = new List<JpegComponent>();
        for (var i = 0; i < segment[5]; i++)
        {
            var part = segment.Slice(6 + 3 * i, 3);
            components.Add(new(part[0], part[1] >> 4, part[1] & 15, part[2] & 3));
        }
        // Of one component alone, the sampling has no meaning.
        if (components is [var only]) components = [only with { H = 1, V = 1 }];
        var frame = new JpegFrame(BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), marker is 0xC2, components);
        return frame is { Width: > 0, Height: > 0 } && components.TrueForAll(c => c is { H: >= 1 and <= 4, V: >= 1 and <= 4 })
            ? frame
            : throw new BrokenImageException("its header cannot be true");
    }

    /// <summary>Rounds up.</summary>
    public static int Divide(int value, int by) => (value + by - 1) / by;
}

/// <summary>A colour component of a frame.</summary>
/// <param name="Id">Its number in scans.</param>
/// <param name="H">Samples in a row, relative to the others.</param>
/// <param name="V">Rows, relative to the others.</param>
/// <param name="Quantization">Its table.</param>
internal sealed record JpegComponent(int Id, int H, int V, int Quantization);
