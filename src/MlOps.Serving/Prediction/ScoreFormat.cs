using System.Text.Json;

namespace MlOps.Serving.Prediction;

/// <summary>A score as JSON: the shortest text that reads back as the same number, and a text where JSON has no such number.</summary>
internal static class ScoreFormat
{
    private const int Longest = 32;

    public static void Write(Utf8JsonWriter json, float value)
    {
        Span<byte> room = stackalloc byte[Longest];
        json.WriteRawValue(Format(value, room), skipInputValidation: true);
    }

    /// <param name="value">The score.</param>
    /// <param name="room">At least 32 bytes.</param>
    /// <returns>The part of the room that was written.</returns>
    public static Span<byte> Format(float value, Span<byte> room)
    {
        if (float.IsFinite(value))
        {
            value.TryFormat(room, out var length);
            return room[..length];
        }

        var name = float.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8;
        name.CopyTo(room);
        return room[..name.Length];
    }
}
