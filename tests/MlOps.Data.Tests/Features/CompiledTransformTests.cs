using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Features.Compilation;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Features;

/// <summary>Compiled expressions mean what DuckDB means by them.</summary>
public sealed class CompiledTransformTests
{
    private static readonly IReadOnlyList<ColumnSpec> s_columns =
    [
        new() { Name = "n", Type = ColumnType.Int }, new() { Name = "m", Type = ColumnType.Int },
        new() { Name = "x", Type = ColumnType.Double }, new() { Name = "y", Type = ColumnType.Double },
        new() { Name = "s", Type = ColumnType.String }, new() { Name = "t", Type = ColumnType.String },
        new() { Name = "b", Type = ColumnType.Bool }, new() { Name = "day", Type = ColumnType.Date },
        new() { Name = "time", Type = ColumnType.Timestamp }, new() { Name = "Odd name", Type = ColumnType.Timestamp },
    ];

    private static readonly Gen<string> s_text = Gen.Elements("", "a", "MCI", "mdw", " padded\t ", "x-y", "日本", "Åre", "😀b", "a-", "a longer text than the others");

    private static readonly string[][] s_rows = [.. Gen.Sample(Values(), 200, 50)];

    [Theory]
    [InlineData("hour(time)")]
    [InlineData("s || '-' || t")]
    [InlineData("s || '-' || hour(time)")]
    [InlineData("n / 1000.0")]
    [InlineData("CASE WHEN s IN ('MALE', 'FEMALE') THEN s END")]
    [InlineData("extract(hour FROM \"Odd name\")")]
    [InlineData("if(n BETWEEN 1 AND 5 AND NOT (x IS NULL), 1, 2)")]
    [InlineData("time >= '2001-03-01' OR day = DATE '2001-03-02'")]
    [InlineData("sin(2 * pi() * hour(time) / 24)")]
    [InlineData("coalesce(nullif(upper(trim(s)), 'A'), 'none')")]
    public void What_pipelines_are_full_of_is_compiled(string sql) => Assert.NotNull(Subject.Of(sql)!.Compiled);

    [Theory]
    [InlineData("regexp_extract(s, 'a+')", "'regexp_extract'")]
    [InlineData("n * 1.5", "BIGINT beside DECIMAL")]
    [InlineData("x::VARCHAR", "a conversion of DOUBLE to VARCHAR")]
    [InlineData("s < t", "the order of texts")]
    [InlineData("date_trunc('day', time) = day", "'date_trunc'")]
    [InlineData("round(x, 2)", "these arguments of 'round'")]
    public void What_is_not_compiled_is_named_and_left_to_the_engine(string sql, string reason)
    {
        using var computer = new FeatureComputer(Transform(sql, FeatureKind.Category));
        Assert.Equal(reason, computer.EngineReason);
        Assert.Equal(1, computer.Compute([Row(["1", "2", "0.5", "0.5", "\"a\"", "\"b\"", "true", "null", "null", "null"])], default).Rows);
    }

    [Theory]
    [InlineData("n + m", """9223372036854775807,1""")]
    [InlineData("x / n", """0,null,1.5""")]
    [InlineData("ln(x)", """null,null,-1.5""")]
    [InlineData("upper(s)", """null,null,null,null,"Åre" """)]
    public void A_value_out_of_the_ordinary_is_for_the_engine(string sql, string row)
    {
        using var subject = Subject.Of(sql)!;
        Assert.Null(subject.Compiled!.TryCompute([Row(row.Split(','))], default));
    }

    /// <summary>Every function and operator by itself, over rows of all kinds.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void By_itself_it_gives_what_DuckDB_gives(string sql)
    {
        using var subject = Subject.Of(sql)!;
        Assert.True(subject.CompareOver(s_rows) * 4 > s_rows.Length, "hardly a row is compiled");
    }

    public static TheoryData<string> Forms =>
    [
        "n", "x", "s", "b", "-n", "-x", "n + m", "n - m", "n * m", "n / m", "n // m", "n % m", "n % 7", "n // -3", "n ^ 2", "x ^ 2", "x ** 0.5", "x + y", "x - y", "x * y", "x / y", "x + n",
        "x * 0.1", "x / 2.50", "n / 1000.0", "1000 * 1000", "n * 60 + 7", "3000000000 + n", "abs(n)", "abs(x)", "round(n)", "round(x)", "floor(x)", "ceil(x)", "ceiling(x)", "sqrt(x)", "sqrt(n)", "exp(x)", "ln(x)",
        "log(x)", "log10(x)", "log2(x)", "sin(x)", "cos(x)", "sin(2 * pi() * hour(time) / 24)", "pow(x, 2)", "power(n, 3)", "greatest(n, m)", "greatest(x, n, 3)", "least(n, m, 7)", "least(x, y)",
        "n < m", "n <= m", "n = m", "n <> m", "n > x", "x >= y", "b = true", "s = t", "s <> t", "s = 'MCI'", "day = day", "time > day", "time >= '2001-03-01'", "day < DATE '1969-12-31'",
        "n BETWEEN 1 AND 5", "x BETWEEN n AND m", "n IN (1, 2, m)", "n NOT IN (1, NULL)", "s IN ('a', t)", "b AND n > 0", "b OR n > 0", "NOT b", "s IS NULL", "x IS NOT NULL",
        "CASE WHEN n > 0 THEN x WHEN b THEN m END", "CASE s WHEN 'a' THEN 1 ELSE 2 END", "if(b, s, t)", "coalesce(n, m, 0)", "coalesce(s, t, 'none')", "ifnull(x, 0)", "nullif(n, 0)", "nullif(s, 'a')",
        "s || t", "s || '-' || n", "s || '-' || hour(time)", "concat(s, '-', t, n)", "length(s)", "len(s)", "strlen(s)", "upper(s)", "lower(s)", "trim(s)", "ltrim(s)", "rtrim(s)", "left(s, 2)", "right(s, 3)",
        "substring(s, 2, 3)", "substr(s, 1, 0)", "starts_with(s, t)", "ends_with(s, t)", "contains(s, t)", "prefix(s, 'a')", "suffix(s, 'b')",
        "year(time)", "quarter(time)", "month(time)", "week(time)", "day(time)", "dayofyear(time)", "dayofweek(time)", "isodow(time)", "hour(time)", "minute(time)", "second(time)", "epoch(time)",
        "year(day)", "quarter(day)", "month(day)", "week(day)", "day(day)", "dayofyear(day)", "dayofweek(day)", "weekday(day)", "isodow(day)", "hour(day)", "epoch(day)", "extract(dow FROM time)", "date_part('doy', day)",
        "date_diff('day', time, \"Odd name\")", "date_diff('hour', day, time)", "date_diff('minute', time, \"Odd name\")", "date_diff('second', \"Odd name\", time)", "date_diff('day', day, DATE '2001-01-01')",
        "CAST(n AS DOUBLE)", "CAST(n AS VARCHAR)", "CAST(b AS VARCHAR)", "CAST(b AS INTEGER)", "CAST(b AS BIGINT)", "CAST(b AS DOUBLE)", "CAST(n AS BOOLEAN)", "CAST(time AS DATE) = day", "CAST(day AS TIMESTAMP) = time",
    ];

    [Fact]
    public void Within_one_another_they_do_too()
    {
        var compared = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Sql(3).ToArbitrary(), sql =>
        {
            using var subject = Subject.Of(sql);
            compared += subject?.CompareOver(s_rows) ?? 0;
        }));
        // A property that compares nothing holds always.
        Assert.True(compared > 50 * s_rows.Length, $"{compared} rows compared");
    }

    private static Gen<string> Sql(int depth) => Gen.OneOf(Whole(depth), Real(depth), Truth(depth), Text(depth));

    private static Gen<string> Whole(int depth) => depth is 0
        ? Gen.OneOf(Gen.Elements("n", "m"), Gen.Choose(-3, 1000).Select(n => $"{n}"), Gen.Elements("NULL::BIGINT", "3000000000", "2147483647"))
        : Gen.OneOf(
            Whole(0),
            Binary(Whole(depth - 1), Whole(depth - 1), "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} // {1})", "({0} % {1})", "greatest({0}, {1})", "least({0}, {1}, 7)", "coalesce({0}, {1})", "nullif({0}, {1})"),
            Unary(Whole(depth - 1), "abs({0})", "-({0})", "round({0})", "CAST({0} AS BIGINT)"),
            Unary(Time(), "hour({0})", "minute({0})", "second({0})", "dayofweek({0})", "isodow({0})", "day({0})", "dayofyear({0})", "month({0})", "quarter({0})", "year({0})", "week({0})", "date_part('month', {0})", "extract(dow FROM {0})"),
            Binary(Time(), Time(), "date_diff('day', {0}, {1})", "date_diff('hour', {0}, {1})", "date_diff('second', {0}, {1})"),
            Unary(Text(depth - 1), "length({0})", "strlen({0})"),
            Ternary(Truth(depth - 1), Whole(depth - 1), Whole(depth - 1), "CASE WHEN {0} THEN {1} ELSE {2} END", "if({0}, {1}, {2})"),
            Unary(Truth(depth - 1), "CAST({0} AS INTEGER)", "CAST({0} AS BIGINT)"));

    private static Gen<string> Real(int depth) => depth is 0
        ? Gen.OneOf(Gen.Elements("x", "y", "1e3", "0.25::DOUBLE", "pi()"))
        : Gen.OneOf(
            Real(0),
            Binary(Real(depth - 1), Gen.OneOf(Real(depth - 1), Whole(depth - 1), Gen.Elements("1000.0", "0.1", "2.50")), "({0} + {1})", "({0} - {1})", "({1} * {0})", "({0} / {1})", "greatest({0}, {1})", "least({1}, {0})", "pow({0}, {1})", "coalesce({0}, {1})"),
            Binary(Whole(depth - 1), Gen.OneOf(Whole(depth - 1), Gen.Elements("60.0", "0.3")), "({0} / {1})", "({0} ^ {1})"),
            Unary(Real(depth - 1), "abs({0})", "-({0})", "floor({0})", "ceil({0})", "round({0})", "sqrt({0})", "ln({0})", "log10({0})", "log2({0})", "exp({0})", "sin({0})", "cos({0})"),
            Unary(Whole(depth - 1), "CAST({0} AS DOUBLE)", "sqrt({0})"),
            Unary(Time(), "epoch({0})"),
            Ternary(Truth(depth - 1), Real(depth - 1), Whole(depth - 1), "CASE WHEN {0} THEN {1} WHEN NOT {0} THEN {2} END"));

    private static Gen<string> Truth(int depth) => depth is 0
        ? Gen.Elements("b", "true", "NULL::BOOLEAN", "b IS NULL")
        : Gen.OneOf(
            Truth(0),
            Binary(Whole(depth - 1), Gen.OneOf(Whole(depth - 1), Real(depth - 1)), Comparisons),
            Binary(Real(depth - 1), Real(depth - 1), Comparisons),
            Binary(Time(), Gen.OneOf(Time(), Gen.Elements("'2001-03-01'", "TIMESTAMP '1960-02-29 10:00:00'")), Comparisons),
            Binary(Text(depth - 1), Text(depth - 1), "({0} = {1})", "({0} <> {1})", "starts_with({0}, {1})", "ends_with({0}, {1})", "contains({0}, {1})", "({0} IN ('a', {1}))"),
            Binary(Truth(depth - 1), Truth(depth - 1), "({0} AND {1})", "({0} OR {1})", "({0} = {1})"),
            Ternary(Whole(depth - 1), Whole(depth - 1), Gen.OneOf(Whole(depth - 1), Real(depth - 1)), "({0} BETWEEN {1} AND {2})", "({0} IN (1, {1}, {2}))", "({0} NOT IN ({1}, {2}))"),
            Unary(Truth(depth - 1), "(NOT {0})", "({0} IS NOT NULL)"));

    private static Gen<string> Text(int depth) => depth is 0
        ? Gen.OneOf(Gen.Elements("s", "t", "NULL::VARCHAR"), s_text.Select(t => $"'{t}'"))
        : Gen.OneOf(
            Text(0),
            Binary(Text(depth - 1), Gen.OneOf(Text(depth - 1), Whole(depth - 1)), "({0} || {1})", "concat({0}, '-', {1})", "coalesce({0}, CAST({1} AS VARCHAR))"),
            Unary(Text(depth - 1), "upper({0})", "lower({0})", "trim({0})", "ltrim({0})", "rtrim({0})", "left({0}, 2)", "right({0}, 3)", "substring({0}, 2, 3)"),
            Unary(Truth(depth - 1), "CAST({0} AS VARCHAR)"),
            Ternary(Truth(depth - 1), Text(depth - 1), Text(depth - 1), "CASE WHEN {0} THEN {1} ELSE {2} END"));

    private static Gen<string> Time() => Gen.Elements("time", "day", "\"Odd name\"", "CAST(time AS DATE)", "DATE '1969-12-31'");

    private static string[] Comparisons => ["({0} < {1})", "({0} <= {1})", "({0} = {1})", "({0} <> {1})", "({0} > {1})", "({0} >= {1})"];

    private static Gen<string> Unary(Gen<string> one, params string[] forms) => Written(forms, one);

    private static Gen<string> Binary(Gen<string> one, Gen<string> two, params string[] forms) => Written(forms, one, two);

    private static Gen<string> Ternary(Gen<string> one, Gen<string> two, Gen<string> three, params string[] forms) => Written(forms, one, two, three);

    private static Gen<string> Written(string[] forms, params Gen<string>[] parts) =>
        from form in Gen.Elements(forms) from written in Gen.CollectToArray(parts, p => p) select string.Format(System.Globalization.CultureInfo.InvariantCulture, form, written);

    /// <summary>The values of a row, in JSON, in the order of the columns.</summary>
    private static Gen<string[]> Values()
    {
        var whole = Gen.OneOf(Gen.Choose(-50, 50).Select(n => $"{n}"), Gen.Elements("0", "9223372036854775807", "-9223372036854775808", "9007199254740993", "4611686293305294849", "null"));
        var real = Gen.OneOf(
            Gen.Choose(-100_000, 100_000).Select(n => $"{(n / 64.0).ToString("R", System.Globalization.CultureInfo.InvariantCulture)}"),
            Gen.Elements("0", "-0.0", "0.5", "2.5", "-2.5", "0.1", "1e-310", "1e300", "3.5e38", "16777217", "null"));
        var text = Gen.OneOf(s_text.Select(t => System.Text.Json.JsonSerializer.Serialize(t)), Gen.Constant("null"));
        var time = from day in Gen.Choose(-40_000, 40_000) from micro in Gen.Choose(0, int.MaxValue) select DateTime.UnixEpoch.AddDays(day).AddTicks(micro * 400L / 10 * 10);
        var stamp = Gen.OneOf(time.Select(t => $"\"{t:yyyy-MM-ddTHH:mm:ss.ffffff}Z\""), Gen.Elements("\"0001-01-01T00:00:00\"", "\"9999-12-31T23:59:59.999999\"", "\"1969-12-31T23:59:59.999999\"", "null"));
        return Gen.CollectToArray([whole, whole, real, real, text, text, Gen.Elements("true", "false", "null"), Gen.OneOf(time.Select(t => $"\"{t:yyyy-MM-dd}\""), Gen.Constant("null")), stamp, stamp], g => g);
    }

    private static RawRows Row(string[] values) => RawRowsOf([values]);

    private static RawRows RawRowsOf(IEnumerable<string[]> rows)
    {
        var json = string.Join(',', rows.Select(values => "{" + string.Join(',', values.Select((v, i) => $"\"{s_columns[i].Name}\":{v}")) + "}"));
        return new RawRowsReader(Transform("1", FeatureKind.Number)).Read([.. System.Text.Json.JsonDocument.Parse($"[{json}]").RootElement.EnumerateArray()]);
    }

    private static FeatureTransform Transform(string sql, FeatureKind kind) =>
        new() { Columns = s_columns, Features = [new("f", sql, kind)], Label = new("l", "n", LearningTask.Regression, []) };

    /// <summary>Bit for bit, but for one NaN being as good as another.</summary>
    private static string[] Shown(FeatureBatch batch) => batch.Columns[0] is NumberColumn numbers
        ? [.. numbers.Values.ToArray().Select(v => float.IsNaN(v) ? "NaN" : $"{v:R} (0x{BitConverter.SingleToInt32Bits(v):x8})")]
        : ((CategoryColumn)batch.Columns[0]).Values.ToArray();

    /// <summary>An expression, compiled if it can be, and in DuckDB.</summary>
    private sealed class Subject(string sql, ComputeSession session, CompiledTransform? compiled) : IDisposable
    {
        public CompiledTransform? Compiled => compiled;

        /// <summary><see langword="null"/>: DuckDB refuses it.</summary>
        public static Subject? Of(string sql)
        {
            foreach (var kind in (FeatureKind[])[FeatureKind.Number, FeatureKind.Category])
            {
                var transform = Transform(sql, kind);
                try
                {
                    var session = new ComputeSession(transform, new());
                    try
                    {
                        return new(sql, session, CompiledTransform.Compile(transform, session.Expressions));
                    }
                    catch (NotCompiledException) when (kind is FeatureKind.Number)
                    {
                        session.Dispose();
                    }
                    catch (NotCompiledException)
                    {
                        return new(sql, session, null);
                    }
                }
                catch (DuckDbException)
                {
                    // No number: perhaps a text.
                }
            }

            return null;
        }

        /// <summary>Holds the one against the other.</summary>
        /// <returns>The number of rows that are not left to the engine; none where the expression is not compiled.</returns>
        public int CompareOver(IReadOnlyList<string[]> rows)
        {
            var own = rows.Where(row => compiled?.TryCompute([Row(row)], default) is not null).ToList();
            if (own.Count is 0) return 0;
            var together = RawRowsOf(own);
            var (ours, engines) = (Shown(compiled!.TryCompute([together], default)!), Shown(session.Compute([together], default)));
            for (var i = 0; i < own.Count; i++) Assert.True(ours[i] == engines[i], $"{sql} of {string.Join(',', own[i])}: compiled {ours[i]}, in DuckDB {engines[i]}");
            return own.Count;
        }

        public void Dispose() => session.Dispose();
    }
}
