using System.Linq.Expressions;
using System.Text.Json;
using MlOps.Core.Specification;

namespace MlOps.Data.Features.Compilation;

/// <summary>From DuckDB's syntax tree of an expression to code that computes it of a <see cref="RowCursor"/>'s row.</summary>
/// <param name="columns">The columns, in the order of the rows.</param>
/// <param name="cursor">The row.</param>
internal sealed class ExpressionCompiler(IReadOnlyList<ColumnSpec> columns, ParameterExpression cursor)
{
    /// <summary>A node and what is below it.</summary>
    /// <exception cref="NotCompiledException">It holds something that is not compiled.</exception>
    public SqlValue Compile(JsonElement node) => node.GetProperty("class").GetString() switch
    {
        "CONSTANT" => Constant(node.GetProperty("value")),
        "COLUMN_REF" => Column(node.GetProperty("column_names")),
        "COMPARISON" => Compare(TypeOf(node), Compile(node.GetProperty("left")), Compile(node.GetProperty("right"))),
        "CONJUNCTION" => Conjunction(node),
        "BETWEEN" => Between(node),
        "CASE" => Case(node),
        "CAST" => Cast(node),
        "OPERATOR" => Operator(TypeOf(node), Children(node)),
        "FUNCTION" => Function(node),
        var other => throw new NotCompiledException($"{other?.ToLowerInvariant()}"),
    };

    private static string TypeOf(JsonElement node) => node.GetProperty("type").GetString()!;

    private List<SqlValue> Children(JsonElement node) => [.. node.GetProperty("children").EnumerateArray().Select(Compile)];

    private static SqlValue Constant(JsonElement value)
    {
        var type = value.GetProperty("type");
        if (value.GetProperty("is_null").GetBoolean()) return new(SqlType.Null, Expression.Constant(null));
        var content = value.GetProperty("value");
        return type.GetProperty("id").GetString() switch
        {
            "INTEGER" => SqlValue.Of(SqlType.Int, content.GetInt64()),
            "BIGINT" => SqlValue.Of(SqlType.Big, content.GetInt64()),
            "DOUBLE" when content.ValueKind is JsonValueKind.Number => SqlValue.Of(SqlType.Real, content.GetDouble()),
            "DECIMAL" => Decimal(content, type.GetProperty("type_info")),
            "VARCHAR" => SqlValue.Of(content.GetString()!),
            var other => throw new NotCompiledException($"a constant of type {other}"),
        };
    }

    /// <summary>A decimal is digits over a power of ten; up to 2^53 and 10^22 both are exact, and so their quotient is the nearest DOUBLE.</summary>
    private static SqlValue Decimal(JsonElement content, JsonElement info)
    {
        var scale = info.GetProperty("scale").GetInt32();
        if (content.ValueKind is not JsonValueKind.Number || !content.TryGetInt64(out var digits) || Math.Abs(digits) > 1L << 53 || scale > 22)
            throw new NotCompiledException("a decimal of so many digits");
        return SqlValue.Of(SqlType.Decimal, digits / Math.Pow(10, scale));
    }

    private SqlValue Column(JsonElement names)
    {
        if (names.GetArrayLength() is not 1) throw new NotCompiledException("a part of a column");
        var name = names[0].GetString();
        var place = columns.Index().First(c => string.Equals(c.Item.Name, name, StringComparison.OrdinalIgnoreCase)).Index;
        return columns[place].Type switch
        {
            ColumnType.Int => Read(SqlType.Big, nameof(RowCursor.Whole), place),
            ColumnType.Double => Read(SqlType.Real, nameof(RowCursor.Real), place),
            ColumnType.Bool => Read(SqlType.Truth, nameof(RowCursor.Truth), place),
            ColumnType.Timestamp => Read(SqlType.Time, nameof(RowCursor.Whole), place),
            ColumnType.Date => Read(SqlType.Date, nameof(RowCursor.Days), place),
            ColumnType.String => Read(SqlType.Text, nameof(RowCursor.Text), place),
            var other => throw new NotCompiledException($"a column of type {other}"),
        };
    }

    private SqlValue Read(SqlType type, string method, int place) => new(type, Expression.Call(cursor, method, null, Expression.Constant(place)));

    private static SqlValue Compare(string comparison, SqlValue left, SqlValue right)
    {
        var type = SqlValue.Common([left, right]);
        var (l, r) = (left.As(type).Code, right.As(type).Code);
        return new(SqlType.Truth, (comparison, type) switch
        {
            ("COMPARE_EQUAL", SqlType.Text) => Call(nameof(Scalars.IsEqual), l, r),
            ("COMPARE_NOTEQUAL", SqlType.Text) => Call(nameof(Scalars.IsOther), l, r),
            ("COMPARE_EQUAL", _) => Expression.Equal(l, r, liftToNull: true, null),
            ("COMPARE_NOTEQUAL", _) => Expression.NotEqual(l, r, liftToNull: true, null),
            (_, SqlType.Text or SqlType.Truth) => throw new NotCompiledException("the order of texts"),
            ("COMPARE_LESSTHAN", _) => Expression.LessThan(l, r, liftToNull: true, null),
            ("COMPARE_LESSTHANOREQUALTO", _) => Expression.LessThanOrEqual(l, r, liftToNull: true, null),
            ("COMPARE_GREATERTHAN", _) => Expression.GreaterThan(l, r, liftToNull: true, null),
            ("COMPARE_GREATERTHANOREQUALTO", _) => Expression.GreaterThanOrEqual(l, r, liftToNull: true, null),
            _ => throw new NotCompiledException($"{comparison}"),
        });
    }

    private SqlValue Conjunction(JsonElement node) => Join(TypeOf(node) is "CONJUNCTION_AND" ? nameof(Scalars.And) : nameof(Scalars.Or), Children(node));

    private SqlValue Between(JsonElement node)
    {
        var input = Compile(node.GetProperty("input"));
        var (lower, upper) = (Compile(node.GetProperty("lower")), Compile(node.GetProperty("upper")));
        // All three are brought to one type, which two comparisons by themselves would not do.
        var type = SqlValue.Common([input, lower, upper]);
        return Join(nameof(Scalars.And), [Compare("COMPARE_GREATERTHANOREQUALTO", input.As(type), lower.As(type)), Compare("COMPARE_LESSTHANOREQUALTO", input.As(type), upper.As(type))]);
    }

    private SqlValue Case(JsonElement node)
    {
        var checks = node.GetProperty("case_checks").EnumerateArray()
            .Select(c => (When: Compile(c.GetProperty("when_expr")).As(SqlType.Truth), Then: Compile(c.GetProperty("then_expr")))).ToList();
        var otherwise = Compile(node.GetProperty("else_expr"));
        var type = SqlValue.Common([.. checks.Select(c => c.Then), otherwise]);
        return new(type, Enumerable.Reverse(checks).Aggregate(otherwise.As(type).Code, (code, check) =>
            Expression.Condition(Expression.Equal(check.When.Code, Expression.Constant(true, typeof(bool?))), check.Then.As(type).Code, code)));
    }

    private SqlValue Cast(JsonElement node)
    {
        var value = Compile(node.GetProperty("child"));
        return node.GetProperty("cast_type").GetProperty("id").GetString() switch
        {
            "DOUBLE" => value.As(SqlType.Real),
            "BIGINT" => value.As(SqlType.Big),
            "INTEGER" => value.As(SqlType.Int),
            "BOOLEAN" => value.As(SqlType.Truth),
            "VARCHAR" => value.As(SqlType.Text),
            "DATE" => value.As(SqlType.Date),
            "TIMESTAMP" => value.As(SqlType.Time),
            var other => throw new NotCompiledException($"a conversion to {other}"),
        };
    }

    private static SqlValue Operator(string name, List<SqlValue> children) => name switch
    {
        "OPERATOR_NOT" => new(SqlType.Truth, Expression.Not(children[0].As(SqlType.Truth).Code)),
        "OPERATOR_IS_NULL" => IsNull(children[0]),
        "OPERATOR_IS_NOT_NULL" => new(SqlType.Truth, Expression.Not(IsNull(children[0]).Code)),
        "OPERATOR_COALESCE" => Coalesce(children),
        "COMPARE_IN" => In(children),
        "COMPARE_NOT_IN" => new(SqlType.Truth, Expression.Not(In(children).Code)),
        _ => throw new NotCompiledException($"{name}"),
    };

    private static SqlValue IsNull(SqlValue value) =>
        new(SqlType.Truth, Expression.Convert(Expression.Equal(value.Code, Expression.Constant(null, value.Code.Type)), typeof(bool?)));

    private static SqlValue Coalesce(List<SqlValue> values)
    {
        var type = SqlValue.Common(values);
        return new(type, values.Select(v => v.As(type).Code).Reverse().Aggregate((rest, first) => Expression.Condition(Expression.NotEqual(first, Expression.Constant(null, first.Type)), first, rest)));
    }

    private static SqlValue In(List<SqlValue> values)
    {
        var type = SqlValue.Common(values);
        return Join(nameof(Scalars.Or), [.. values.Skip(1).Select(v => Compare("COMPARE_EQUAL", values[0].As(type), v.As(type)))]);
    }

    private SqlValue Function(JsonElement node)
    {
        var name = node.GetProperty("function_name").GetString()!;
        var arguments = Children(node);
        if (!name.Equals("nullif", StringComparison.OrdinalIgnoreCase) || arguments.Count is not 2) return ScalarFunctions.Call(name, arguments);
        var isEqual = Compare("COMPARE_EQUAL", arguments[0], arguments[1]);
        return arguments[0] with { Code = Expression.Condition(Expression.Equal(isEqual.Code, Expression.Constant(true, typeof(bool?))), Expression.Constant(null, arguments[0].Code.Type), arguments[0].Code) };
    }

    /// <summary>Both sides are computed, as in DuckDB: an error on either is one.</summary>
    private static SqlValue Join(string method, IReadOnlyList<SqlValue> values) =>
        new(SqlType.Truth, values.Select(v => v.As(SqlType.Truth).Code).Aggregate((left, right) => Call(method, left, right)));

    private static MethodCallExpression Call(string method, params Expression[] arguments) => Expression.Call(typeof(Scalars), method, null, arguments);
}
