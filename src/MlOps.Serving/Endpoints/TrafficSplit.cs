using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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
        var left = point * variants.Sum(v => v.Weight);
        var last = -1;
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
    /// Where a row's customer stands in an endpoint's traffic: the same in every process, and independent of where he stands in another
    /// endpoint's. <see langword="null"/> when the row does not say who he is.
    /// </summary>
    public static double? PointOf(string endpoint, string column, JsonElement row)
    {
        if (row.ValueKind is not JsonValueKind.Object || !row.TryGetProperty(column, out var value)) return null;
        var key = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            // 405 and 405.0 are one customer.
            JsonValueKind.Number => value.GetDouble().ToString("R"),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        if (key is null) return null;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint}\n{key}"));
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
