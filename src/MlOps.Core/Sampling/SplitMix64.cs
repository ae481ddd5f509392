namespace MlOps.Core.Sampling;

/// <summary>
/// A small seeded generator whose numbers are the same on every machine and in every version of .NET, which
/// <see cref="Random"/> does not promise for a seed.
/// </summary>
/// <param name="seed">The same seed gives the same numbers.</param>
/// <remarks>SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (OOPSLA 2014). Not for secrets.</remarks>
public struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, 1), in steps of 2^-53.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number in [0, <paramref name="bound"/>), every one equally likely.</summary>
    /// <param name="bound">At least 1.</param>
    public ulong NextBelow(ulong bound)
    {
        // The last, incomplete block of 2^64 would favour small numbers: draw again there.
        var reject = unchecked(0UL - bound) % bound;
        ulong bits;
        do bits = Next(); while (bits < reject);
        return bits % bound;
    }
}
