using System.Globalization;
using System.Text;

namespace MlOps.Data.Features.Compilation;

/// <summary>
/// What compiled expressions call: DuckDB's scalar functions on values for which both agree to the bit. On any other value they ask for
/// the engine, which answers it or names what is wrong with it.
/// </summary>
internal static class Scalars
{
    public static bool? And(bool? left, bool? right) => left & right;

    public static bool? Or(bool? left, bool? right) => left | right;

    public static bool? IsEqual(string? left, string? right) => left is null || right is null ? null : string.Equals(left, right, StringComparison.Ordinal);

    public static bool? IsOther(string? left, string? right) => !IsEqual(left, right);

    /// <summary>A number that is one; an overflow, or a division by zero, is for the engine.</summary>
    public static double? Finite(double? value) => value is { } number && !double.IsFinite(number) ? throw new EngineNeededException() : value;

    /// <summary>Within 32 bits, as INTEGER is.</summary>
    public static long? Int32(long? value) => value is < int.MinValue or > int.MaxValue ? throw new EngineNeededException() : value;

    public static long? WholeOf(bool? value) => value is { } known ? known ? 1 : 0 : null;

    public static string? TextOf(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    public static string? TextOfTruth(bool? value) => value is { } known ? known ? "true" : "false" : null;

    public static long? DateOf(long? time) => time is { } value ? Whole(value, TimeSpan.MicrosecondsPerDay) : null;

    public static long? TimeOf(long? date) => date * TimeSpan.MicrosecondsPerDay;

    public static float FloatOf(long? value) => value is { } number ? number : float.NaN;

    public static float FloatOf(double? value) => value is { } number && (float)number is var single && float.IsFinite(single) ? single : float.NaN;

    public static long? Quotient(long? left, long? right) => right is 0 ? null : left / right;

    public static long? Rest(long? left, long? right) => right is 0 ? null : left % right;

    public static long? Absolute(long? value) => value is { } number ? Math.Abs(number) : null;

    public static double? Absolute(double? value) => value is { } number ? Math.Abs(number) : null;

    public static double? Power(double? left, double? right) => left is { } l && right is { } r ? Finite(Math.Pow(l, r)) : null;

    public static double? Floor(double? value) => value is { } number ? Math.Floor(number) : null;

    public static double? Ceiling(double? value) => value is { } number ? Math.Ceiling(number) : null;

    public static double? Round(double? value) => value is { } number ? Math.Round(number, MidpointRounding.AwayFromZero) : null;

    public static double? Root(double? value) => value is { } number ? Finite(Math.Sqrt(number)) : null;

    public static double? Exponential(double? value) => value is { } number ? Finite(Math.Exp(number)) : null;

    public static double? Logarithm(double? value) => value is { } number ? Finite(Math.Log(number)) : null;

    public static double? Logarithm10(double? value) => value is { } number ? Finite(Math.Log10(number)) : null;

    public static double? Logarithm2(double? value) => value is { } number ? Finite(Math.Log2(number)) : null;

    public static double? Sine(double? value) => value is { } number ? Math.Sin(number) : null;

    public static double? Cosine(double? value) => value is { } number ? Math.Cos(number) : null;

    public static long? Greatest(long? left, long? right) => left is null || left < right ? right ?? left : left;

    public static double? Greatest(double? left, double? right) => left is null || left < right ? right ?? left : left;

    public static long? Least(long? left, long? right) => left is null || left > right ? right ?? left : left;

    public static double? Least(double? left, double? right) => left is null || left > right ? right ?? left : left;

    public static string? Concatenate(string? left, string? right) => left is null || right is null ? null : string.Concat(left, right);

    public static string? OrEmpty(string? text) => text ?? "";

    public static long? Characters(string? text) => text is null ? null : text.Length - text.Count(char.IsLowSurrogate);

    public static long? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetByteCount(text);

    public static string? Lower(string? text) => Ascii(text)?.ToLowerInvariant();

    public static string? Upper(string? text) => Ascii(text)?.ToUpperInvariant();

    public static string? Trim(string? text) => Ascii(text)?.Trim(' ');

    public static string? TrimStart(string? text) => Ascii(text)?.TrimStart(' ');

    public static string? TrimEnd(string? text) => Ascii(text)?.TrimEnd(' ');

    public static string? Left(string? text, int count) => Ascii(text) is { } ascii ? ascii[..Math.Min(count, ascii.Length)] : null;

    public static string? Right(string? text, int count) => Ascii(text) is { } ascii ? ascii[^Math.Min(count, ascii.Length)..] : null;

    public static string? Part(string? text, int start, int count) =>
        Ascii(text) is { } ascii ? start > ascii.Length ? "" : ascii.Substring(start - 1, Math.Min(count, ascii.Length - start + 1)) : null;

    public static bool? StartsWith(string? text, string? part) => text is null || part is null ? null : text.StartsWith(part, StringComparison.Ordinal);

    public static bool? EndsWith(string? text, string? part) => text is null || part is null ? null : text.EndsWith(part, StringComparison.Ordinal);

    public static bool? Contains(string? text, string? part) => text is null || part is null ? null : text.Contains(part, StringComparison.Ordinal);

    public static long? Year(long? time) => At(time)?.Year;

    public static long? Quarter(long? time) => (At(time)?.Month + 2) / 3;

    public static long? Month(long? time) => At(time)?.Month;

    public static long? Day(long? time) => At(time)?.Day;

    public static long? DayOfYear(long? time) => At(time)?.DayOfYear;

    /// <summary>Sunday is 0.</summary>
    public static long? DayOfWeek(long? time) => (long?)At(time)?.DayOfWeek;

    /// <summary>Monday is 1, Sunday 7.</summary>
    public static long? IsoDayOfWeek(long? time) => DayOfWeek(time) is { } day ? day is 0 ? 7 : day : null;

    public static long? Week(long? time) => At(time) is { } known ? ISOWeek.GetWeekOfYear(known) : null;

    public static long? Hour(long? time) => At(time)?.Hour;

    public static long? Minute(long? time) => At(time)?.Minute;

    public static long? Second(long? time) => At(time)?.Second;

    public static double? Epoch(long? time) => time / 1e6;

    /// <summary>How many beginnings of a unit lie between two times.</summary>
    public static long? Crossed(long? from, long? to, long unit) => from is { } f && to is { } t ? Whole(t, unit) - Whole(f, unit) : null;

    // Times before 1970 are negative: rounded down, not towards 1970.
    private static long Whole(long time, long unit) => Math.DivRem(time, unit) is var (quotient, rest) && rest < 0 ? quotient - 1 : quotient;

    private static DateTime? At(long? time) => time is { } value ? DateTime.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond) : null;

    /// <summary>Beyond ASCII the tables of two libraries may differ in what is a capital, a blank or a character.</summary>
    private static string? Ascii(string? text) => text is null || System.Text.Ascii.IsValid(text) ? text : throw new EngineNeededException();
}
