using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Sandbox;

public sealed class ExpressionParserTests : IDisposable
{
    private static readonly string[] s_columns = ["date", "delay", "Body Mass (g)", "origin"];
    private readonly DuckDbConnection _connection = DuckDbConnection.Open();

    public void Dispose() => _connection.Dispose();

    private ScalarExpression Parse(string sql) => new ExpressionParser(_connection).Parse("features.inputs.x", sql, s_columns);

    [Theory]
    [InlineData("delay >= 15", "delay")]
    [InlineData("hour(date) + dayofweek(\"date\")", "date")]
    [InlineData("extract(hour FROM date)", "date")]
    [InlineData("CASE WHEN origin IN ('ATL', 'ORD') THEN 1 ELSE 0 END", "origin")]
    [InlineData("coalesce(\"Body Mass (g)\", 0) / 2 -- in pounds", "Body Mass (g)")]
    [InlineData("DELAY BETWEEN 0 AND 3 AND origin LIKE 'A%'", "delay,origin")]
    [InlineData("try_cast(origin AS INTEGER)", "origin")]
    [InlineData("list_sum([delay, 1])", "delay")]
    [InlineData("';' || origin || '/*'", "origin")]
    [InlineData("date_trunc('month', date)::VARCHAR", "date")]
    [InlineData("1", "")]
    public void An_expression_of_one_row_is_taken_with_the_columns_it_reads(string sql, string columns) =>
        Assert.Equal(columns, string.Join(',', Parse(sql).Columns));

    [Theory]
    [InlineData("(SELECT 1)")]
    [InlineData("(SELECT content FROM read_text('/etc/passwd'))")]
    [InlineData("EXISTS (SELECT 1 FROM '/etc/passwd')")]
    [InlineData("delay IN (SELECT 1)")]
    [InlineData("1; DROP TABLE x")]
    [InlineData("1) FROM read_text('/etc/passwd') WHERE (true")]
    [InlineData("1), (2")]
    [InlineData("delay) + (1")]
    [InlineData("delay) IN (1, 2")]
    [InlineData("1) AS x, (2")]
    [InlineData("1) --")]
    [InlineData("1) /*")]
    [InlineData("1 /*")]
    [InlineData("1) UNION SELECT (2")]
    [InlineData("1) ORDER BY (1")]
    [InlineData("1) LIMIT (1")]
    [InlineData("1) GROUP BY (delay")]
    [InlineData("DISTINCT 1")]
    [InlineData("*")]
    [InlineData("COLUMNS('.*')")]
    [InlineData("sum(delay)")]
    [InlineData("count(*) OVER ()")]
    [InlineData("lag(delay) OVER (ORDER BY date)")]
    [InlineData("unnest([1, 2])")]
    [InlineData("random()")]
    [InlineData("now()")]
    [InlineData("current_date")]
    [InlineData("current_setting('memory_limit')")]
    [InlineData("getvariable('x')")]
    [InlineData("pg_sleep(10)")]
    [InlineData("sleep_ms(10)")]
    [InlineData("nextval('s')")]
    [InlineData("write_log('x')")]
    [InlineData("read_text('/etc/passwd')")]
    [InlineData("query('SELECT 1')")]
    [InlineData("no_such_function(1)")]
    [InlineData("$1")]
    [InlineData("?")]
    [InlineData("#1")]
    [InlineData("__row")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("delay >=")]
    [InlineData("delay\0")]
    [InlineData("list_transform([delay], lambda v: v + 1)")]
    [InlineData("[v + 1 FOR v IN [delay]]")]
    [InlineData("repeat(origin, 1000000000)")]
    [InlineData("range(delay)")]
    [InlineData("lpad(origin, 1000000000, 'x')")]
    [InlineData("printf('%1000000000d', delay)")]
    [InlineData("CASE WHEN (SELECT true) THEN 1 END")]
    [InlineData("abs((SELECT 1))")]
    public void Everything_else_is_refused(string sql) => Assert.Throws<ExpressionException>(() => Parse(sql));

    [Fact]
    public void An_unknown_column_is_named_with_its_place_and_the_nearest_one()
    {
        var error = Assert.Throws<ExpressionException>(() => Parse("1 + dely"));
        Assert.Equal("features.inputs.x: '1 + dely', column 5: there is no column 'dely'. Did you mean 'delay'?", error.Message);
    }

    [Fact]
    public void A_syntax_error_is_named_with_its_place()
    {
        var error = Assert.Throws<ExpressionException>(() => Parse("delay delay delay"));
        Assert.Equal(7, error.Column);
    }

    [Fact]
    public void An_aggregate_is_refused_with_the_reason() =>
        Assert.Contains("'avg' works over many rows", Assert.Throws<ExpressionException>(() => Parse("avg(delay)")).Message, StringComparison.Ordinal);
}
