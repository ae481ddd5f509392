using System.Globalization;

namespace MlOps.Data.Features;

/// <summary>A seeded shuffle of row numbers, in plain arithmetic: DuckDB's own hash may change between versions.</summary>
/// <remarks>
/// Two rounds of xor-shift and multiplication modulo 2^31, each reversible, so that different rows have different hashes up to 2^31
/// rows. The multiplier is that of a published search for good 32-bit mixers (Wellons, "Prospecting for Hash Functions", 2018).
/// </remarks>
internal static class RowHash
{
    /// <summary>Statement that defines the macro which <see cref="Of"/> uses.</summary>
    public const string DefineMacro =
        "CREATE TEMP MACRO mix_bits(x) AS (xor(x & 2147483647, (x & 2147483647) >> 16) * 73244475) & 2147483647";

    /// <summary>SQL of the hash, in [0, 2^31).</summary>
    /// <param name="row">SQL of a row's number, BIGINT, not negative.</param>
    /// <param name="seed">Seed.</param>
    public static string Of(string row, int seed)
    {
        // Seeds that follow one another must not give shifted copies of one order.
        var start = ((long)(uint)seed * 2_654_435_761L) & 0x7FFF_FFFF;
        return string.Create(CultureInfo.InvariantCulture, $"mix_bits(mix_bits(xor(({row}) & 2147483647, {start})))");
    }
}
