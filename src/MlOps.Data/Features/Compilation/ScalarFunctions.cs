using System.Collections.Frozen;
using System.Linq.Expressions;

namespace MlOps.Data.Features.Compilation;

/// <summary>The functions and operators that are compiled, by the names that DuckDB's parser gives them.</summary>
internal static class ScalarFunctions
{
    private static readonly FrozenDictionary<string, Func<IReadOnlyList<SqlValue>, SqlValue?>> s_all = new Dictionary<string, Func<IReadOnlyList<SqlValue>, SqlValue?>>
    {
        ["+"] = a => a.Count is 1 ? Number(a[0]) : Arithmetic(a, Expression.AddChecked, Expression.Add),
        ["-"] = a => a.Count is 1 ? Negated(a[0]) : Arithmetic(a, Expression.SubtractChecked, Expression.Subtract),
        ["*"] = a => Arithmetic(a, Expression.MultiplyChecked, Expression.Multiply),
        ["/"] = a => a.Count is 2 && a.All(v => v.IsNumber) ? Finite(Expression.Divide(Real(a[0]), Real(a[1]))) : null,
        ["//"] = a => OfWholes(a, nameof(Scalars.Quotient)),
        ["%"] = a => OfWholes(a, nameof(Scalars.Rest)),
        ["^"] = a => OfReals(a, 2, nameof(Scalars.Power)),
        ["**"] = a => OfReals(a, 2, nameof(Scalars.Power)),
        ["pow"] = a => OfReals(a, 2, nameof(Scalars.Power)),
        ["power"] = a => OfReals(a, 2, nameof(Scalars.Power)),
        ["abs"] = a => a is [{ IsNumber: true, Type: not SqlType.Decimal } value] ? new(value.Type, Call(nameof(Scalars.Absolute), value.Code)) : null,
        ["round"] = a => a is [{ IsWhole: true }] ? a[0] : OfReal(a, nameof(Scalars.Round)),
        ["floor"] = a => OfReal(a, nameof(Scalars.Floor)),
        ["ceil"] = a => OfReal(a, nameof(Scalars.Ceiling)),
        ["ceiling"] = a => OfReal(a, nameof(Scalars.Ceiling)),
        ["sqrt"] = a => OfReals(a, 1, nameof(Scalars.Root)),
        ["exp"] = a => OfReals(a, 1, nameof(Scalars.Exponential)),
        ["ln"] = a => OfReals(a, 1, nameof(Scalars.Logarithm)),
        ["log"] = a => OfReals(a, 1, nameof(Scalars.Logarithm10)),
        ["log10"] = a => OfReals(a, 1, nameof(Scalars.Logarithm10)),
        ["log2"] = a => OfReals(a, 1, nameof(Scalars.Logarithm2)),
        ["sin"] = a => OfReals(a, 1, nameof(Scalars.Sine)),
        ["cos"] = a => OfReals(a, 1, nameof(Scalars.Cosine)),
        ["pi"] = a => a.Count is 0 ? SqlValue.Of(SqlType.Real, Math.PI) : null,
        ["greatest"] = a => Extreme(a, nameof(Scalars.Greatest)),
        ["least"] = a => Extreme(a, nameof(Scalars.Least)),
        ["||"] = a => a.Any(v => v.Type is SqlType.Text) && a.All(IsWritten) ? Joined(a.Select(v => v.As(SqlType.Text).Code)) : null,
        ["concat"] = a => a.Count > 0 && a.All(IsWritten) ? Joined(a.Select(v => Call(nameof(Scalars.OrEmpty), v.As(SqlType.Text).Code))) : null,
        ["length"] = a => OfText(a, SqlType.Big, nameof(Scalars.Characters)),
        ["len"] = a => OfText(a, SqlType.Big, nameof(Scalars.Characters)),
        ["char_length"] = a => OfText(a, SqlType.Big, nameof(Scalars.Characters)),
        ["strlen"] = a => OfText(a, SqlType.Big, nameof(Scalars.Bytes)),
        ["lower"] = a => OfText(a, SqlType.Text, nameof(Scalars.Lower)),
        ["lcase"] = a => OfText(a, SqlType.Text, nameof(Scalars.Lower)),
        ["upper"] = a => OfText(a, SqlType.Text, nameof(Scalars.Upper)),
        ["ucase"] = a => OfText(a, SqlType.Text, nameof(Scalars.Upper)),
        ["trim"] = a => OfText(a, SqlType.Text, nameof(Scalars.Trim)),
        ["ltrim"] = a => OfText(a, SqlType.Text, nameof(Scalars.TrimStart)),
        ["rtrim"] = a => OfText(a, SqlType.Text, nameof(Scalars.TrimEnd)),
        ["left"] = a => PartOf(a, nameof(Scalars.Left), least: 0),
        ["right"] = a => PartOf(a, nameof(Scalars.Right), least: 0),
        ["substring"] = a => a.Count is 3 ? PartOf(a, nameof(Scalars.Part), least: 1) : null,
        ["substr"] = a => a.Count is 3 ? PartOf(a, nameof(Scalars.Part), least: 1) : null,
        ["starts_with"] = a => OfTexts(a, nameof(Scalars.StartsWith)),
        ["prefix"] = a => OfTexts(a, nameof(Scalars.StartsWith)),
        ["ends_with"] = a => OfTexts(a, nameof(Scalars.EndsWith)),
        ["suffix"] = a => OfTexts(a, nameof(Scalars.EndsWith)),
        ["contains"] = a => OfTexts(a, nameof(Scalars.Contains)),
        ["year"] = a => OfTime(a, nameof(Scalars.Year)),
        ["quarter"] = a => OfTime(a, nameof(Scalars.Quarter)),
        ["month"] = a => OfTime(a, nameof(Scalars.Month)),
        ["day"] = a => OfTime(a, nameof(Scalars.Day)),
        ["dayofmonth"] = a => OfTime(a, nameof(Scalars.Day)),
        ["dayofyear"] = a => OfTime(a, nameof(Scalars.DayOfYear)),
        ["doy"] = a => OfTime(a, nameof(Scalars.DayOfYear)),
        ["dayofweek"] = a => OfTime(a, nameof(Scalars.DayOfWeek)),
        ["weekday"] = a => OfTime(a, nameof(Scalars.DayOfWeek)),
        ["dow"] = a => OfTime(a, nameof(Scalars.DayOfWeek)),
        ["isodow"] = a => OfTime(a, nameof(Scalars.IsoDayOfWeek)),
        ["week"] = a => OfTime(a, nameof(Scalars.Week)),
        ["weekofyear"] = a => OfTime(a, nameof(Scalars.Week)),
        ["hour"] = a => OfTime(a, nameof(Scalars.Hour)),
        ["minute"] = a => OfTime(a, nameof(Scalars.Minute)),
        ["second"] = a => OfTime(a, nameof(Scalars.Second)),
        ["epoch"] = a => a is [{ Type: SqlType.Date or SqlType.Time } time] ? new(SqlType.Real, Call(nameof(Scalars.Epoch), time.As(SqlType.Time).Code)) : null,
        ["date_diff"] = Difference,
        ["datediff"] = Difference,
        ["date_part"] = PartOfTime,
        ["datepart"] = PartOfTime,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What a function gives for arguments.</summary>
    /// <exception cref="NotCompiledException">It is not compiled, or not for these arguments.</exception>
    public static SqlValue Call(string name, IReadOnlyList<SqlValue> arguments) =>
        s_all.TryGetValue(name, out var compile) ? compile(arguments) ?? throw new NotCompiledException($"these arguments of '{name}'") : throw new NotCompiledException($"'{name}'");

    private static SqlValue? Number(SqlValue value) => value.IsNumber ? value : null;

    private static SqlValue? Negated(SqlValue value) => value.Type switch
    {
        SqlType.Int => new(SqlType.Int, Call(nameof(Scalars.Int32), Expression.NegateChecked(value.Code))),
        SqlType.Big => new(SqlType.Big, Expression.NegateChecked(value.Code)),
        SqlType.Real or SqlType.Decimal => new(value.Type, Expression.Negate(value.Code)),
        _ => null,
    };

    private static SqlValue? Arithmetic(IReadOnlyList<SqlValue> arguments, Func<Expression, Expression, Expression> whole, Func<Expression, Expression, Expression> real)
    {
        if (arguments.Count is not 2 || !arguments.All(v => v.IsNumber)) return null;
        var type = SqlValue.Common(arguments);
        var (left, right) = (arguments[0].As(type).Code, arguments[1].As(type).Code);
        return type switch
        {
            SqlType.Real => Finite(real(left, right)),
            SqlType.Int => new(type, Call(nameof(Scalars.Int32), whole(left, right))),
            _ => new(type, whole(left, right)),
        };
    }

    private static SqlValue? OfWholes(IReadOnlyList<SqlValue> arguments, string method) =>
        arguments is [{ IsWhole: true }, { IsWhole: true }] ? new(SqlValue.Common(arguments), Call(method, arguments[0].Code, arguments[1].Code)) : null;

    private static SqlValue? OfReals(IReadOnlyList<SqlValue> arguments, int count, string method) =>
        arguments.Count == count && arguments.All(v => v.IsNumber) ? new(SqlType.Real, Call(method, [.. arguments.Select(Real)])) : null;

    // These keep the type of other numbers than DOUBLE.
    private static SqlValue? OfReal(IReadOnlyList<SqlValue> arguments, string method) =>
        arguments is [{ Type: SqlType.Real }] ? OfReals(arguments, 1, method) : null;

    private static SqlValue? Extreme(IReadOnlyList<SqlValue> arguments, string method)
    {
        if (arguments.Count < 2 || !arguments.All(v => v.IsNumber || v.Type is SqlType.Null)) return null;
        var type = SqlValue.Common(arguments);
        return new(type, arguments.Select(v => v.As(type).Code).Aggregate((left, right) => Call(method, left, right)));
    }

    private static SqlValue Joined(IEnumerable<Expression> texts) => new(SqlType.Text, texts.Aggregate((left, right) => Call(nameof(Scalars.Concatenate), left, right)));

    private static bool IsWritten(SqlValue value) => value.Type is SqlType.Text || value.IsWhole;

    private static SqlValue? OfText(IReadOnlyList<SqlValue> arguments, SqlType type, string method) =>
        arguments is [{ Type: SqlType.Text } text] ? new(type, Call(method, text.Code)) : null;

    private static SqlValue? OfTexts(IReadOnlyList<SqlValue> arguments, string method) =>
        arguments is [{ Type: SqlType.Text } text, { Type: SqlType.Text } part] ? new(SqlType.Truth, Call(method, text.Code, part.Code)) : null;

    private static SqlValue? PartOf(IReadOnlyList<SqlValue> arguments, string method, int least)
    {
        if (arguments is not [{ Type: SqlType.Text } text, { ConstantWhole: { } first }, ..] || first < least || first > int.MaxValue) return null;
        if (arguments.Count is 2) return new(SqlType.Text, Call(method, text.Code, Expression.Constant((int)first)));
        return arguments is [_, _, { ConstantWhole: >= 0 and <= int.MaxValue and var second }]
            ? new(SqlType.Text, Call(method, text.Code, Expression.Constant((int)first), Expression.Constant((int)second))) : null;
    }

    private static SqlValue? OfTime(IReadOnlyList<SqlValue> arguments, string method) =>
        arguments is [{ Type: SqlType.Date or SqlType.Time } time] ? new(SqlType.Big, Call(method, time.As(SqlType.Time).Code)) : null;

    private static SqlValue? PartOfTime(IReadOnlyList<SqlValue> arguments) =>
        arguments is [{ Constant: { } part }, { Type: SqlType.Date or SqlType.Time }] && !part.StartsWith("date", StringComparison.OrdinalIgnoreCase) ? Call(part, [arguments[1]]) : null;

    private static SqlValue? Difference(IReadOnlyList<SqlValue> arguments)
    {
        if (arguments is not [{ Constant: { } part }, { Type: SqlType.Date or SqlType.Time } from, { Type: SqlType.Date or SqlType.Time } to]) return null;
        var unit = part.ToLowerInvariant() switch
        {
            "day" => TimeSpan.MicrosecondsPerDay,
            "hour" => TimeSpan.MicrosecondsPerHour,
            "minute" => TimeSpan.MicrosecondsPerMinute,
            "second" => TimeSpan.MicrosecondsPerSecond,
            _ => throw new NotCompiledException($"a difference in '{part}'"),
        };
        return new(SqlType.Big, Call(nameof(Scalars.Crossed), from.As(SqlType.Time).Code, to.As(SqlType.Time).Code, Expression.Constant(unit)));
    }

    private static Expression Real(SqlValue value) => value.As(SqlType.Real).Code;

    private static SqlValue Finite(Expression code) => new(SqlType.Real, Call(nameof(Scalars.Finite), code));

    private static MethodCallExpression Call(string method, params Expression[] arguments) => Expression.Call(typeof(Scalars), method, null, arguments);
}
