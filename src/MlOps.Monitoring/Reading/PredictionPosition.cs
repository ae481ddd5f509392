using System.Buffers.Text;
using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Monitoring.Reading;

/// <summary>A place in the log: behind it comes what follows the row that it names, whatever is logged or sorted in between.</summary>
/// <param name="Time">Event time, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Request">Id of the request.</param>
/// <param name="Row">Position in it.</param>
/// <param name="Mirrored">Whether it is a copy.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Logged">When the request arrived, in microseconds since 1970-01-01 UTC.</param>
public sealed record PredictionPosition(long Time, string Request, int Row, bool Mirrored, string Variant, long Logged)
{
    /// <summary>The place of a row.</summary>
    public static PredictionPosition Of(LoggedPrediction row) =>
        new(Micros(row.Time), row.Request, row.Row, row.Mirrored, row.Variant ?? "", Micros(row.Logged));

    /// <summary>Reads a token.</summary>
    /// <returns>The place; <see langword="null"/>: it is no token.</returns>
    public static PredictionPosition? TryParse(string token)
    {
        try
        {
            return JsonSerializer.Deserialize<PredictionPosition>(Base64Url.DecodeFromChars(token), MlOpsJson.Compact) is { Request: not null, Variant: not null } position
                && IsTime(position.Time) && IsTime(position.Logged) && !position.Request.Concat(position.Variant).Any(char.IsControl) ? position : null;
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The token of the place: letters, digits, <c>-</c> and <c>_</c>.</summary>
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, MlOpsJson.Compact));

    private static bool IsTime(long micros) => micros >= Micros(DateTimeOffset.MinValue) && micros <= Micros(DateTimeOffset.MaxValue);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
