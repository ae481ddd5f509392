using System.Text.Json;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Replay;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Replay;

public sealed class DailyHistoryTests : IDisposable
{
    private static readonly ColumnSpec s_seen = new() { Name = "seen", Type = ColumnType.Timestamp, Required = true };
    private static readonly ColumnSpec s_town = new() { Name = "the town", Type = ColumnType.String };
    private static readonly DataSpec s_spec = new() { Columns = [s_seen, s_town, new() { Name = "n", Type = ColumnType.Int, Min = 0 }] };
    private static readonly DateOnly s_first = new(2001, 1, 1);

    private readonly TemporaryFolder _folder = new();

    public DailyHistoryTests()
    {
        // Four days of a hundred rows. Each tenth row breaks a rule, each fifth other one has no label.
        using var connection = DuckDbConnection.Open();
        connection.Execute(
            $"""
            COPY (SELECT TIMESTAMP '2001-01-01' + to_minutes(CAST(i * 14 + (i // 100) * 40 AS BIGINT)) AS seen, 'it''s "' || i AS "the town",
                         CAST(if(i % 10 = 0, -1, if(i % 5 = 0, NULL, i)) AS INTEGER) AS n FROM range(400) t(i)) TO {Sql.Text(_folder["s.parquet"])} (FORMAT parquet)
            """,
            default);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Days_are_cut_where_they_begin()
    {
        using var history = Open();
        Assert.Equal((s_first, new DateOnly(2001, 1, 4)), history.Span(default));
        Assert.Equal(200, history.WriteBefore(new(2001, 1, 3), _folder["before.parquet"], default));
        Assert.Equal(100, history.WriteDay(new(2001, 1, 3), _folder["day.parquet"], default));
        Assert.Equal(0, history.WriteDay(new(2001, 1, 9), _folder["none.parquet"], default));
        using var connection = DuckDbConnection.Open();
        var row = connection.Rows($"SELECT min(seen), max(seen) FROM read_parquet({Sql.Text(_folder["day.parquet"])})", default)[0];
        Assert.Equal((new DateTime(2001, 1, 3), new DateTime(2001, 1, 3, 23, 6, 0)), (row.Time(0), row.Time(1)));
    }

    [Fact]
    public void A_sample_holds_the_same_usable_rows_each_time_as_a_request_carries_them()
    {
        using var history = Open();
        var all = history.Sample(s_first, 1000, [s_seen, s_town], default);
        Assert.Equal(80, all.Count);
        var sample = history.Sample(s_first, 25, [s_seen, s_town], default);
        Assert.Equal(sample, history.Sample(s_first, 25, [s_seen, s_town], default));
        Assert.Equal(25, sample.Count);
        Assert.Subset(all.ToHashSet(), sample.ToHashSet());
        var row = JsonSerializer.Deserialize<JsonElement>(all[0].Instance);
        Assert.Equal(("2001-01-01T00:14:00.000000", "it's \"1"), (row.GetProperty("seen").GetString(), row.GetProperty("the town").GetString()));
        Assert.Equal(["false", "true"], all.Select(r => r.Label).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_rest_begins_where_the_examples_first_run_ends()
    {
        using var history = Open();
        Assert.Equal(new DateOnly(2001, 1, 3), history.StartOfRest(new() { Source = "s", Partition = "strftime(seen, '%d')", Drop = 2 }, default));
        Assert.Null(history.StartOfRest(new() { Source = "s", Partition = "strftime(seen, '%d')", Drop = 4 }, default));
        Assert.Null(history.StartOfRest(new() { Source = "s" }, default));
    }

    [Fact]
    public void An_expression_reaches_nothing_but_the_columns()
    {
        Assert.Throws<ExpressionException>(() => Open("read_text('/etc/passwd') IS NULL"));
        Assert.Throws<ExpressionException>(() => Open("m > 3"));
        using var history = Open();
        Assert.Throws<DuckDbException>(() => history.WriteDay(s_first, Path.Combine(Path.GetTempPath(), "elsewhere.parquet"), default));
    }

    private DailyHistory Open(string label = "n % 3 = 0") => new(_folder["s.parquet"], _folder[""], s_spec, new("third", label), "seen", default);
}
