using System.Globalization;
using System.Text.Json;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>Takes one raw column's values out of JSON, by its declared type and nothing else.</summary>
internal sealed class InstanceColumn
{
    private static readonly string[] s_timeFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK", "yyyy-MM-dd",
    ];

    private readonly Func<JsonElement, bool> _tryAdd;

    private InstanceColumn(ColumnSpec spec, InputColumn target, Func<JsonElement, bool> tryAdd) => (Spec, Target, _tryAdd) = (spec, target, tryAdd);

    /// <summary>The declared column.</summary>
    public ColumnSpec Spec { get; }

    /// <summary>Where its values go.</summary>
    public InputColumn Target { get; }

    /// <summary>What its values look like, for messages.</summary>
    public string Expectation => Spec.Type switch
    {
        ColumnType.Int => "a whole number is expected.",
        ColumnType.Double => "a number is expected.",
        ColumnType.Bool => "true or false is expected.",
        ColumnType.Timestamp => "a time stamp such as \"2001-03-02T08:15:00Z\" is expected.",
        ColumnType.Date => "a date such as \"2001-03-02\" is expected.",
        _ => "a text is expected.",
    };

    /// <summary>A taker for a column.</summary>
    public static InstanceColumn For(ColumnSpec spec)
    {
        switch (spec.Type)
        {
            case ColumnType.Int:
                var longs = new InputColumn<long>(spec.Name, DuckDbType.BigInt);
                return new(spec, longs, e => TryLong(e, out var v) && Add(longs, v));
            case ColumnType.Double:
                var doubles = new InputColumn<double>(spec.Name, DuckDbType.Double);
                return new(spec, doubles, e => e.ValueKind is JsonValueKind.Number && e.TryGetDouble(out var v) && double.IsFinite(v) && Add(doubles, v));
            case ColumnType.Bool:
                var bools = new InputColumn<byte>(spec.Name, DuckDbType.Boolean);
                return new(spec, bools, e => e.ValueKind is JsonValueKind.True or JsonValueKind.False && Add(bools, e.GetBoolean() ? (byte)1 : (byte)0));
            case ColumnType.Timestamp:
                var times = new InputColumn<long>(spec.Name, DuckDbType.Timestamp);
                return new(spec, times, e => TryTime(e, out var v) && Add(times, DuckDbVector.ToMicroseconds(v)));
            case ColumnType.Date:
                var dates = new InputColumn<int>(spec.Name, DuckDbType.Date);
                return new(spec, dates, e => TryTime(e, out var v) && v.TimeOfDay == TimeSpan.Zero && Add(dates, (v - DateTime.UnixEpoch).Days));
            default:
                var texts = new InputTextColumn(spec.Name);
                return new(spec, texts, e =>
                {
                    if (e.ValueKind is not JsonValueKind.String) return false;
                    texts.Add(e.GetString());
                    return true;
                });
        }
    }

    /// <summary>Takes a value that is not null.</summary>
    /// <returns><see langword="false"/>, with nothing taken, when it is of another type.</returns>
    public bool TryAdd(JsonElement value) => _tryAdd(value);

    private static bool Add<T>(InputColumn<T> column, T value) where T : unmanaged
    {
        column.Add(value);
        return true;
    }

    private static bool TryLong(JsonElement element, out long value)
    {
        value = 0;
        if (element.ValueKind is not JsonValueKind.Number) return false;
        if (element.TryGetInt64(out value)) return true;
        // 405.0 is a whole number too.
        if (!element.TryGetDouble(out var real) || !double.IsInteger(real) || Math.Abs(real) > 1L << 53) return false;
        value = (long)real;
        return true;
    }

    private static bool TryTime(JsonElement element, out DateTime value)
    {
        value = default;
        return element.ValueKind is JsonValueKind.String && DateTime.TryParseExact(
            element.GetString(), s_timeFormats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }
}
