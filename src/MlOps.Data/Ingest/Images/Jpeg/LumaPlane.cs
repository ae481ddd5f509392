namespace MlOps.Data.Ingest.Images.Jpeg;

/// <summary>Turns blocks of coefficients into luma and counts it.</summary>
/// <param name="width">Samples a row; what blocks have beyond is padding.</param>
/// <param name="height">Rows.</param>
internal sealed class LumaPlane(int width, int height)
{
    private static readonly float[] s_cosines = MakeCosines();

    private readonly float[] _rows = new float[64];

    public LumaSums Sums { get; } = new();

    /// <summary>Counts a block.</summary>
    /// <param name="column">Its column among the blocks.</param>
    /// <param name="row">Its row among the blocks.</param>
    /// <param name="block">Its coefficients, row by row.</param>
    /// <param name="quantization">What they are multiples of, row by row.</param>
    public void Add(int column, int row, ReadOnlySpan<short> block, ReadOnlySpan<ushort> quantization)
    {
        var (columns, rows) = (Math.Min(8, width - 8 * column), Math.Min(8, height - 8 * row));
        if (columns <= 0 || rows <= 0) return;
        for (var v = 0; v < 8; v++)
        {
            for (var x = 0; x < columns; x++)
            {
                var sum = 0f;
                for (var u = 0; u < 8; u++) sum += s_cosines[8 * x + u] * block[8 * v + u] * quantization[8 * v + u];
                _rows[8 * v + x] = sum;
            }
        }
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                var sum = 128f;
                for (var v = 0; v < 8; v++) sum += s_cosines[8 * y + v] * _rows[8 * v + x];
                Sums.Add(Math.Clamp(MathF.Round(sum), 0, 255));
            }
        }
    }

    // Of the inverse cosine transform (ITU-T T.81, A.3.3), separable: C(u)/2 cos((2x+1)uπ/16).
    private static float[] MakeCosines()
    {
        var cosines = new float[64];
        for (var x = 0; x < 8; x++)
        {
            for (var u = 0; u < 8; u++) cosines[8 * x + u] = (float)((u is 0 ? Math.Sqrt(0.5) : 1) / 2 * Math.Cos((2 * x + 1) * u * Math.PI / 16));
        }
        return cosines;
    }
}
