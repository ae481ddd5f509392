using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>Which variant a request goes to.</summary>
internal static class TrafficSplit
{
    /// <summary>The variant at a point of the traffic, laid out by weight in the manifest's order.</summary>
    /// <param name="variants">The variants.</param>
    /// <param name="point">In [0, 1).</param>
    /// <returns>Its index; -1 when none has weight.</returns>
    /// <remarks>
    /// When a later variant's weight grows, its part grows towards the front: who was there stays there, as sticky customers must.
    /// </remarks>
    public static int At(IReadOnlyList<EndpointVariant> variants, double point)
    {
        var sum = 0;
        for (var i = 0; i < variants.Count; i++) sum += variants[i].Weight;
        var (left, last) = (point * sum, -1);
        for (var i = 0; i < variants.Count; i++)
        {
            if (variants[i].Weight is 0) continue;
            last = i;
            left -= variants[i].Weight;
            if (left < 0) return i;
        }

        return last;
    }

    /// <summary>
    /// Where a customer stands in an endpoint's traffic: the same in every process, and independent of where he stands in another
    /// endpoint's.
    /// </summary>
    public static double PointOf(string endpoint, string customer)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint}\n{customer}"));
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Anywhere in the traffic.</summary>
    // Which request lands where is no secret that somebody could gain from.
#pragma warning disable CA5394
    public static double ByChance() => Random.Shared.NextDouble();
#pragma warning restore CA5394
}
