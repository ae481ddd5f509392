using System.Globalization;
using System.Linq.Expressions;

namespace MlOps.Data.Features.Compilation;

/// <summary>DuckDB's types as far as expressions over them are compiled.</summary>
internal enum SqlType
{
    /// <summary>NULL without a type of its own.</summary>
    Null,

    /// <summary>BOOLEAN, <c>bool?</c>.</summary>
    Truth,

    /// <summary>INTEGER, <c>long?</c> within 32 bits.</summary>
    Int,

    /// <summary>BIGINT, <c>long?</c>.</summary>
    Big,

    /// <summary>A number written with a point: DECIMAL until it meets a DOUBLE, <c>double?</c>.</summary>
    Decimal,

    /// <summary>DOUBLE, <c>double?</c>, always finite.</summary>
    Real,

    /// <summary>VARCHAR, <c>string</c>.</summary>
    Text,

    /// <summary>DATE, <c>long?</c> days since 1970.</summary>
    Date,

    /// <summary>TIMESTAMP, <c>long?</c> microseconds since 1970.</summary>
    Time,
}

/// <summary>A part of an expression: its type in DuckDB, and the code that computes it.</summary>
/// <param name="Type">The type.</param>
/// <param name="Code">Gives the CLR type that goes with <paramref name="Type"/>; null is NULL.</param>
internal sealed record SqlValue(SqlType Type, Expression Code)
{
    public bool IsWhole => Type is SqlType.Int or SqlType.Big;

    public bool IsNumber => IsWhole || Type is SqlType.Real or SqlType.Decimal;

    /// <summary>The constant text that it is; <see langword="null"/>: it is none.</summary>
    public string? Constant => Type is SqlType.Text && Code is ConstantExpression { Value: string text } ? text : null;

    /// <summary>The constant whole number that it is; <see langword="null"/>: it is none.</summary>
    public long? ConstantWhole => IsWhole && Code is ConstantExpression { Value: long value } ? value : null;

    public static SqlValue Of(bool? value) => new(SqlType.Truth, Expression.Constant(value, typeof(bool?)));

    public static SqlValue Of(SqlType type, long? value) => new(type, Expression.Constant(value, typeof(long?)));

    public static SqlValue Of(SqlType type, double? value) => new(type, Expression.Constant(value, typeof(double?)));

    public static SqlValue Of(string value) => new(SqlType.Text, Expression.Constant(value, typeof(string)));

    /// <summary>The same value as another type: where DuckDB converts by itself, and where it is told to and nothing can go wrong.</summary>
    /// <exception cref="NotCompiledException">This conversion is not compiled.</exception>
    public SqlValue As(SqlType type) => (Type, type) switch
    {
        _ when Type == type => this,
        (SqlType.Null, _) => new(type, Expression.Constant(null, ClrType(type))),
        (SqlType.Int, SqlType.Big) => this with { Type = SqlType.Big },
        (SqlType.Int or SqlType.Big or SqlType.Decimal, SqlType.Real) => new(type, Expression.Convert(Code, typeof(double?))),
        (SqlType.Int or SqlType.Big, SqlType.Truth) => new(type, Expression.NotEqual(Code, Expression.Constant(0L, typeof(long?)), liftToNull: true, null)),
        (SqlType.Truth, SqlType.Int or SqlType.Big) => new(type, Call(nameof(Scalars.WholeOf))),
        (SqlType.Truth, SqlType.Real) => As(SqlType.Big).As(SqlType.Real),
        (SqlType.Int or SqlType.Big, SqlType.Text) => new(type, Call(nameof(Scalars.TextOf))),
        (SqlType.Truth, SqlType.Text) => new(type, Call(nameof(Scalars.TextOfTruth))),
        (SqlType.Time, SqlType.Date) => new(type, Call(nameof(Scalars.DateOf))),
        (SqlType.Date, SqlType.Time) => new(type, Call(nameof(Scalars.TimeOf))),
        (SqlType.Text, SqlType.Date or SqlType.Time) when Constant is { } text => Of(type, Parse(text, type)),
        (SqlType.Text, SqlType.Truth) when Constant is "t" or "f" => Of(Constant is "t"),
        _ => throw new NotCompiledException($"a conversion of {Name(Type)} to {Name(type)}"),
    };

    /// <summary>The type that DuckDB brings values to before it compares or chooses among them.</summary>
    /// <exception cref="NotCompiledException">It is none of those that are compiled.</exception>
    public static SqlType Common(IEnumerable<SqlValue> values)
    {
        var types = values.Select(v => v.Type).Where(t => t is not SqlType.Null).Distinct().Order().ToArray();
        return types switch
        {
            [] => throw new NotCompiledException("NULL alone"),
            [SqlType.Decimal] => throw new NotCompiledException("arithmetic of decimals"),
            [var one] => one,
            [SqlType.Int, SqlType.Big] => SqlType.Big,
            [SqlType.Date, SqlType.Time] => SqlType.Time,
            [SqlType.Text, SqlType.Date or SqlType.Time] => types[1],
            [.., SqlType.Real] when types[0] >= SqlType.Int => SqlType.Real,
            _ => throw new NotCompiledException($"{string.Join(" beside ", types.Select(Name))}"),
        };
    }

    private MethodCallExpression Call(string method) => Expression.Call(typeof(Scalars), method, null, Code);

    private static Type ClrType(SqlType type) => type switch
    {
        SqlType.Truth => typeof(bool?),
        SqlType.Real or SqlType.Decimal => typeof(double?),
        SqlType.Text => typeof(string),
        _ => typeof(long?),
    };

    private static long Parse(string text, SqlType type)
    {
        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss"];
        if (!DateTime.TryParseExact(text, type is SqlType.Date ? formats[..1] : formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            throw new NotCompiledException($"the time '{text}'");
        var since = time - DateTime.UnixEpoch;
        return type is SqlType.Date ? (long)since.TotalDays : since.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static string Name(SqlType type) => type switch
    {
        SqlType.Null => "NULL",
        SqlType.Truth => "BOOLEAN",
        SqlType.Int => "INTEGER",
        SqlType.Big => "BIGINT",
        SqlType.Decimal => "DECIMAL",
        SqlType.Real => "DOUBLE",
        SqlType.Text => "VARCHAR",
        SqlType.Date => "DATE",
        _ => "TIMESTAMP",
    };
}
