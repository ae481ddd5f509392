using MlOps.Core.Specification;

namespace MlOps.Serving.OpenInference;

/// <summary>A tensor's element type, by its name in the protocol.</summary>
/// <param name="Name">Name in the protocol.</param>
/// <param name="Size">Bytes of an element in binary; 0 for BYTES, whose elements carry their lengths.</param>
/// <param name="Min">Smallest whole number, for the whole ones.</param>
/// <param name="Max">Largest whole number that this server takes, for the whole ones.</param>
internal sealed record Datatype(string Name, int Size, long? Min = null, long? Max = null)
{
    public static readonly Datatype Bool = new("BOOL", 1);
    public static readonly Datatype Fp32 = new("FP32", 4);
    public static readonly Datatype Bytes = new("BYTES", 0);

    // A column's whole numbers are 64 bits with a sign: of UINT64 the lower half fits.
    private static readonly Dictionary<string, Datatype> s_all = new[]
    {
        Bool, Bytes, Fp32, new("FP16", 2), new("BF16", 2), new("FP64", 8),
        new("INT8", 1, sbyte.MinValue, sbyte.MaxValue), new("INT16", 2, short.MinValue, short.MaxValue),
        new("INT32", 4, int.MinValue, int.MaxValue), new("INT64", 8, long.MinValue, long.MaxValue),
        new("UINT8", 1, 0, byte.MaxValue), new("UINT16", 2, 0, ushort.MaxValue), new("UINT32", 4, 0, uint.MaxValue), new("UINT64", 8, 0, long.MaxValue),
    }.ToDictionary(d => d.Name, StringComparer.Ordinal);

    public bool IsWhole => Min is not null;

    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    public static Datatype? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>How a column is best sent.</summary>
    public static string Of(ColumnType column) => column switch
    {
        ColumnType.Int => "INT64",
        ColumnType.Double => "FP64",
        ColumnType.Bool => "BOOL",
        _ => "BYTES",
    };
}
