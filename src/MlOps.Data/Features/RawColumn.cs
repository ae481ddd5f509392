using System.Globalization;
using System.Text;
using System.Text.Unicode;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>One raw column of a request. Values are taken by the declared type and nothing else: text is not converted to numbers.</summary>
public abstract class RawColumn
{
    private static readonly string[] s_timeFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK", "yyyy-MM-dd",
    ];

    private protected RawColumn(ColumnSpec spec) => Spec = spec;

    /// <summary>The declared column.</summary>
    public ColumnSpec Spec { get; }

    /// <summary>What its values look like, for messages.</summary>
    public abstract string Expectation { get; }

    internal abstract InputColumn Target { get; }

    /// <summary>Takes a missing value.</summary>
    public void TakeMissing() => Target.AddMissing();

    /// <summary>Takes a whole number.</summary>
    /// <returns><see langword="false"/>, with nothing taken, when the column is of another type.</returns>
    public virtual bool TryTake(long value) => false;

    /// <summary>Takes a number.</summary>
    /// <returns><see langword="false"/>, with nothing taken, when the column is of another type or the number is not finite.</returns>
    public virtual bool TryTake(double value) => false;

    /// <summary>Takes true or false.</summary>
    /// <returns><see langword="false"/>, with nothing taken, when the column is of another type.</returns>
    public virtual bool TryTake(bool value) => false;

    /// <summary>Takes a text in UTF-8: also how times and dates are written.</summary>
    /// <returns><see langword="false"/>, with nothing taken, when the column is of another type or the text is no UTF-8.</returns>
    public virtual bool TryTake(ReadOnlySpan<byte> utf8) => false;

    internal static RawColumn Of(ColumnSpec spec) => spec.Type switch
    {
        ColumnType.Int => new Whole(spec),
        ColumnType.Double => new Real(spec),
        ColumnType.Bool => new Truth(spec),
        ColumnType.Timestamp => new Time(spec),
        ColumnType.Date => new Date(spec),
        _ => new Text(spec),
    };

    private static bool TryTime(ReadOnlySpan<byte> utf8, out DateTime value)
    {
        value = default;
        // The longest has 33: anything beyond is no time, and need not be decoded.
        if (utf8.Length > 40) return false;
        return TryCommonTime(utf8, out value) || DateTime.TryParseExact(
            Encoding.UTF8.GetString(utf8), s_timeFormats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    // yyyy-MM-ddTHH:mm:ss, with or without Z: what nearly every request has.
    private static bool TryCommonTime(ReadOnlySpan<byte> utf8, out DateTime value)
    {
        value = default;
        if (utf8 is [.., (byte)'Z']) utf8 = utf8[..^1];
        if (utf8.Length is not 19 || utf8[4] is not (byte)'-' || utf8[7] is not (byte)'-' || utf8[10] is not (byte)'T' || utf8[13] is not (byte)':' || utf8[16] is not (byte)':')
            return false;
        if (!TryDigits(utf8[..4], out var year) || !TryDigits(utf8.Slice(5, 2), out var month) || !TryDigits(utf8.Slice(8, 2), out var day)
            || !TryDigits(utf8.Slice(11, 2), out var hour) || !TryDigits(utf8.Slice(14, 2), out var minute) || !TryDigits(utf8.Slice(17, 2), out var second))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        value = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = (10 * value) + (digit - '0');
        }

        return true;
    }

    private sealed class Whole(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputColumn<long> _target = new(spec.Name, DuckDbType.BigInt);

        public override string Expectation => "a whole number is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(long value)
        {
            _target.Add(value);
            return true;
        }

        // 405.0 is a whole number too; beyond 2^53 a double no longer says which.
        public override bool TryTake(double value) => double.IsInteger(value) && Math.Abs(value) <= 1L << 53 && TryTake((long)value);
    }

    private sealed class Real(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputColumn<double> _target = new(spec.Name, DuckDbType.Double);

        public override string Expectation => "a number is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(long value) => TryTake((double)value);

        public override bool TryTake(double value)
        {
            if (!double.IsFinite(value)) return false;
            _target.Add(value);
            return true;
        }
    }

    private sealed class Truth(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputColumn<byte> _target = new(spec.Name, DuckDbType.Boolean);

        public override string Expectation => "true or false is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(bool value)
        {
            _target.Add(value ? (byte)1 : (byte)0);
            return true;
        }
    }

    private sealed class Time(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputColumn<long> _target = new(spec.Name, DuckDbType.Timestamp);

        public override string Expectation => "a time stamp such as \"2001-03-02T08:15:00Z\" is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(ReadOnlySpan<byte> utf8)
        {
            if (!TryTime(utf8, out var value)) return false;
            _target.Add(DuckDbVector.ToMicroseconds(value));
            return true;
        }
    }

    private sealed class Date(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputColumn<int> _target = new(spec.Name, DuckDbType.Date);

        public override string Expectation => "a date such as \"2001-03-02\" is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(ReadOnlySpan<byte> utf8)
        {
            if (!TryTime(utf8, out var value) || value.TimeOfDay != TimeSpan.Zero) return false;
            _target.Add((value - DateTime.UnixEpoch).Days);
            return true;
        }
    }

    private sealed class Text(ColumnSpec spec) : RawColumn(spec)
    {
        private readonly InputTextColumn _target = new(spec.Name);

        public override string Expectation => "a text is expected.";

        internal override InputColumn Target => _target;

        public override bool TryTake(ReadOnlySpan<byte> utf8)
        {
            if (!Utf8.IsValid(utf8)) return false;
            _target.Add(utf8);
            return true;
        }
    }
}
