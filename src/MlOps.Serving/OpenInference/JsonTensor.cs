using System.Text;
using System.Text.Json;

namespace MlOps.Serving.OpenInference;

/// <summary>Reads a tensor's elements from JSON: flat, or nested as the shape is. <c>null</c> is a missing value.</summary>
internal static class JsonTensor
{
    /// <param name="input">Name of the tensor.</param>
    /// <param name="datatype">Its element type.</param>
    /// <param name="count">Elements that its shape asks for.</param>
    /// <param name="json">An array.</param>
    /// <exception cref="InferException">An element is of another type, or there are more or fewer.</exception>
    public static TensorValues Read(string input, Datatype datatype, int count, ReadOnlySpan<byte> json)
    {
        // Every element takes a byte at least: a shape must not make room for what was never sent.
        if (count > json.Length) throw new InferException($"input '{input}' has fewer elements of data than the {count} that its shape asks for.");
        var reader = new Utf8JsonReader(json);
        if (datatype == Datatype.Bytes) return new TextValues(Elements(input, datatype, count, ref reader, Text));
        if (datatype == Datatype.Bool) return new TruthValues(Elements(input, datatype, count, ref reader, Truth));
        if (datatype.IsWhole) return new WholeValues(Elements(input, datatype, count, ref reader, Whole));
        return new RealValues([.. Elements(input, datatype, count, ref reader, Real).Select(v => v ?? double.NaN)]);
    }

    private delegate T? ElementOf<T>(ref Utf8JsonReader reader, Datatype datatype) where T : struct;

    private static T?[] Elements<T>(string input, Datatype datatype, int count, ref Utf8JsonReader reader, ElementOf<T> take) where T : struct
    {
        var values = new T?[count];
        var taken = 0;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray) continue;
            if (reader.TokenType is JsonTokenType.StartObject) throw new InferException($"input '{input}': data[{taken}] is an object; {Expected(datatype)}");
            if (taken == count) throw new InferException($"input '{input}' has more data than the {count} elements of its shape.");
            if (reader.TokenType is not JsonTokenType.Null)
                values[taken] = take(ref reader, datatype) ?? throw new InferException($"input '{input}': data[{taken}] = {Shown(ref reader)}; {Expected(datatype)}");
            taken++;
        }

        return taken == count ? values : throw new InferException($"input '{input}' has {taken} elements of data, its shape asks for {count}.");
    }

    private static ReadOnlyMemory<byte>? Text(ref Utf8JsonReader reader, Datatype datatype)
    {
        if (reader.TokenType is not JsonTokenType.String) return null;
        if (!reader.ValueIsEscaped) return reader.ValueSpan.ToArray();
        try
        {
            return Encoding.UTF8.GetBytes(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    private static bool? Truth(ref Utf8JsonReader reader, Datatype datatype) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : null;

    private static long? Whole(ref Utf8JsonReader reader, Datatype datatype) =>
        reader.TokenType is JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= datatype.Min && value <= datatype.Max ? value : null;

    private static double? Real(ref Utf8JsonReader reader, Datatype datatype) =>
        reader.TokenType is JsonTokenType.Number && reader.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;

    private static string Expected(Datatype datatype) => $"datatype {datatype.Name} is declared.";

    private static string Shown(ref Utf8JsonReader reader) => Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(80, reader.ValueSpan.Length)]);
}
