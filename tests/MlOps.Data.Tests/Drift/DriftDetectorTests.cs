using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Drift;

public sealed class DriftDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string query)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder[name])} (FORMAT parquet)", default);
        return _folder[name];
    }

    private static DataSpec Columns(params (string Name, ColumnType Type)[] columns) =>
        new() { Columns = [.. columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })] };

    private static DriftReport Compare(string reference, string current, DataSpec data, DriftSpec? drift = null) =>
        new DriftDetector().Compare([reference], [current], data, drift ?? new(), default);

    [Theory]
    [InlineData(500, "x", ColumnType.Double, DriftMethod.KolmogorovSmirnov)]
    [InlineData(5000, "x", ColumnType.Double, DriftMethod.Wasserstein)]
    [InlineData(500, "few", ColumnType.Int, DriftMethod.ChiSquare)]
    [InlineData(5000, "few", ColumnType.Int, DriftMethod.JensenShannon)]
    [InlineData(500, "flag", ColumnType.Bool, DriftMethod.TwoShares)]
    [InlineData(500, "kind", ColumnType.String, DriftMethod.ChiSquare)]
    [InlineData(5000, "kind", ColumnType.String, DriftMethod.JensenShannon)]
    public void The_measure_follows_from_type_and_size(int rows, string column, ColumnType type, DriftMethod method)
    {
        var query = $"SELECT (i * 7919 % 1000)::DOUBLE AS x, i % 4 AS few, i % 2 = 0 AS flag, 'k' || i % 7 AS kind FROM range({rows}) r(i)";
        var report = Compare(Write("a.parquet", query), Write("b.parquet", query), Columns((column, type)));
        Assert.Equal(method, report.Columns[0].Method);
        Assert.False(report.Drifted);
    }

    [Fact]
    public void Many_rows_do_not_alarm_on_a_difference_without_size()
    {
        // A shift of 2 % of a deviation: with a million rows certain, and without meaning.
        var a = Write("a.parquet", "SELECT (i * 7919 % 1000)::DOUBLE AS x FROM range(1000000) r(i)");
        var b = Write("b.parquet", "SELECT (i * 7919 % 1000) + 6.0::DOUBLE AS x FROM range(1000000) r(i)");
        var report = Compare(a, b, Columns(("x", ColumnType.Double)), new() { Method = DriftMethod.KolmogorovSmirnov });
        Assert.True(report.Columns[0].PValue < 1e-6);
        Assert.False(report.Columns[0].Drifted);
    }

    [Fact]
    public void A_real_shift_is_drift_whatever_the_measure()
    {
        var a = Write("a.parquet", "SELECT (i % 100)::DOUBLE AS x, 'k' || i % 4 AS k FROM range(2000) r(i)");
        var b = Write("b.parquet", "SELECT (i % 100) + 50.0::DOUBLE AS x, 'k' || i % 2 AS k FROM range(2000) r(i)");
        foreach (var method in Enum.GetValues<DriftMethod>())
        {
            var report = Compare(a, b, Columns(("x", ColumnType.Double), ("k", ColumnType.String)), new() { Method = method });
            Assert.All(report.Columns, c => Assert.True(c.Drifted, $"{method}: {c.Detail}"));
            Assert.True(report.Drifted);
        }
    }

    [Fact]
    public void Many_columns_at_once_need_smaller_p_values()
    {
        // One of twenty columns differs with p about 0.03: alone an alarm, among twenty none.
        var spec = new DriftSpec { MinEffect = 0, Method = DriftMethod.TwoShares };
        var same = string.Join(", ", Enumerable.Range(0, 19).Select(c => $"i % 2 = 0 AS c{c}"));
        var a = Write("a.parquet", $"SELECT i < 500 AS odd, {same} FROM range(1000) r(i)");
        var b = Write("b.parquet", $"SELECT i < 548 AS odd, {same} FROM range(1000) r(i)");
        var alone = Compare(a, b, Columns(("odd", ColumnType.Bool)), spec);
        Assert.InRange(alone.Columns[0].PValue!.Value, 0.02, 0.05);
        Assert.True(alone.Columns[0].Drifted);
        var among = Compare(a, b, Columns([("odd", ColumnType.Bool), .. Enumerable.Range(0, 19).Select(c => ($"c{c}", ColumnType.Bool))]), spec);
        Assert.False(among.Columns[0].Drifted);
    }

    [Fact]
    public void A_column_that_goes_missing_has_drifted_and_an_empty_one_has_not()
    {
        var a = Write("a.parquet", "SELECT i::DOUBLE AS x, NULL::DOUBLE AS e FROM range(2000) r(i)");
        var b = Write("b.parquet", "SELECT CASE WHEN i % 3 > 0 THEN i END::DOUBLE AS x, NULL::DOUBLE AS e FROM range(2000) r(i)");
        var report = Compare(a, b, Columns(("x", ColumnType.Double), ("e", ColumnType.Double)));
        Assert.Equal([true, false], report.Columns.Select(c => c.Drifted));
        Assert.Contains("Missing values went from 0.0 % to 33.4 %", report.Columns[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_text_is_compared_by_what_can_be_counted_in_it()
    {
        var a = Write("a.parquet", "SELECT 'flight number ' || i || ' was fine' AS t FROM range(2000) r(i)");
        var b = Write("b.parquet", "SELECT 'Flugnummer ' || i || ' war leider etwas zu spät, schöne Grüße' AS t FROM range(2000) r(i)");
        var report = Compare(a, b, Columns(("t", ColumnType.String)));
        Assert.Equal(["t (length)", "t (word count)", "t (vocabulary)", "t (new words)", "t (non-ASCII)"], report.Columns.Select(c => c.Column));
        Assert.All(report.Columns, c => Assert.True(c.Drifted, c.Detail));
        Assert.Equal(1, report.DriftedShare);
        // Of nine words eight are new; of the reference's five one, the number, occurs once.
        Assert.Equal((8.0 / 9) - (1.0 / 5), report.Columns[3].Value, 1e-9);
        Assert.False(Compare(a, a, Columns(("t", ColumnType.String))).Drifted);
    }

    [Fact]
    public void Another_sample_of_the_same_texts_has_not_drifted_though_every_number_in_it_is_new()
    {
        const string Text = "SELECT 'order ' || {0} || CASE WHEN i % 3 = 0 THEN ' arrived late' ELSE ' arrived' END AS t FROM range(2000) r(i)";
        var a = Write("a.parquet", Text.Replace("{0}", "(i + 10000)", StringComparison.Ordinal));
        var b = Write("b.parquet", Text.Replace("{0}", "(i + 50000)", StringComparison.Ordinal));
        Assert.All(Compare(a, b, Columns(("t", ColumnType.String))).Columns, c => Assert.False(c.Drifted, c.Detail));
    }

    [Theory]
    // The same words in other shares; a few letters of another script; more of the same words.
    [InlineData("'order ' || i || CASE WHEN i % 3 > 0 THEN ' came late' ELSE ' came soon' END", "vocabulary")]
    [InlineData("'order ' || i || CASE WHEN i % 3 = 0 THEN ' came late' ELSE ' came soon' END || '…'", "non-ASCII")]
    [InlineData("'order ' || i || CASE WHEN i % 3 = 0 THEN ' came late' ELSE ' came soon' END || ' . . 7 7'", "word count")]
    public void Each_statistic_sees_what_it_is_for(string text, string what)
    {
        var a = Write("a.parquet", "SELECT 'order ' || i || CASE WHEN i % 3 = 0 THEN ' came late' ELSE ' came soon' END AS t FROM range(2000) r(i)");
        var b = Write("b.parquet", $"SELECT {text} AS t FROM range(2000) r(i)");
        var report = Compare(a, b, Columns(("t", ColumnType.String)));
        Assert.True(report.Columns.Single(c => c.Column == $"t ({what})").Drifted);
        Assert.False(report.Columns.Single(c => c.Column == "t (new words)").Drifted);
    }

    [Fact]
    public void A_text_that_drifts_in_all_its_ways_is_one_column_of_the_dataset()
    {
        var a = Write("a.parquet", "SELECT 'flight number ' || i AS t, i % 2 = 0 AS x, i % 5 AS y FROM range(2000) r(i)");
        var b = Write("b.parquet", "SELECT 'ganz anders und länger, Nummer ' || i AS t, i % 2 = 0 AS x, i % 5 AS y FROM range(2000) r(i)");
        var report = Compare(a, b, Columns(("t", ColumnType.String), ("x", ColumnType.Bool), ("y", ColumnType.Int)));
        Assert.Equal(1.0 / 3, report.DriftedShare, 1e-9);
        Assert.False(report.Drifted);
    }

    [Fact]
    public void Rows_that_break_a_rule_are_not_compared()
    {
        var data = new DataSpec { Columns = [new() { Name = "x", Type = ColumnType.Double, Max = 100 }] };
        var a = Write("a.parquet", "SELECT i::DOUBLE AS x FROM range(100) r(i)");
        var b = Write("b.parquet", "SELECT i::DOUBLE AS x FROM range(100) r(i) UNION ALL SELECT 1e9 FROM range(100)");
        var report = Compare(a, b, data);
        Assert.Equal((100, 100), (report.ReferenceRows, report.CurrentRows));
        Assert.False(report.Drifted);
    }
}
