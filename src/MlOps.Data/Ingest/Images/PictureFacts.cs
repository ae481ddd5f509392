namespace MlOps.Data.Ingest.Images;

/// <summary>What is known of a picture's pixels.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Brightness">Mean luma, from 0 (black) to 255 (white).</param>
/// <param name="Contrast">Standard deviation of the luma.</param>
internal sealed record PictureFacts(int Width, int Height, double Brightness, double Contrast);

/// <summary>Sums the luma of pixels, in any order.</summary>
/// <remarks>Luma is that of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, on a scale to 255; transparency is not looked at.</remarks>
internal sealed class LumaSums
{
    private double _sum;
    private double _sumOfSquares;
    private long _count;

    /// <summary>Counts a grey pixel.</summary>
    public void Add(double luma)
    {
        _sum += luma;
        _sumOfSquares += luma * luma;
        _count++;
    }

    /// <summary>Counts a pixel of three colours, each from 0 to 255.</summary>
    public void Add(double red, double green, double blue) => Add(0.299 * red + 0.587 * green + 0.114 * blue);

    /// <summary>The facts of a picture whose pixels were all counted.</summary>
    public PictureFacts FactsOf(int width, int height)
    {
        var mean = _sum / _count;
        return new(width, height, mean, Math.Sqrt(Math.Max(0, _sumOfSquares / _count - mean * mean)));
    }
}
