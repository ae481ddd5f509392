using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;
using MlOps.Data.Validation;

namespace MlOps.Data.Tests.Validation;

/// <summary>Each check once met and once not, on 100 rows: n = 0 .. 99, one a minute.</summary>
public sealed class DatasetCheckTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2001, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly DataSpec s_spec = new()
    {
        Columns =
        [
            new() { Name = "n", Type = ColumnType.Int, Max = 98 }, new() { Name = "at", Type = ColumnType.Timestamp },
            new() { Name = "k", Type = ColumnType.String }, new() { Name = "x", Type = ColumnType.Double }, new() { Name = "e", Type = ColumnType.Double },
        ],
    };

    private readonly TemporaryFolder _folder = new();

    public DatasetCheckTests()
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute(
            $"""
            COPY (SELECT i AS n, TIMESTAMP '2001-01-01' + to_minutes(i) AS at, CASE WHEN i % 10 = 0 THEN 'rare' ELSE 'often' END AS k,
                         CASE WHEN i < 5 THEN 1000.0 ELSE i % 7 END::DOUBLE AS x, NULL::DOUBLE AS e
                  FROM range(100) r(i)) TO {Sql.Text(_folder["d.parquet"])} (FORMAT parquet)
            """, default);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_now;
    }

    private ValidationVerdict Validate(DataSpec spec) => new DatasetValidator(time: new StoppedClock()).Validate(
        _folder["d.parquet"],
        new() { Version = DatasetVersion.Parse(new string('0', 64)), Rows = 100, UnreadableRows = 0, Files = [new("d", "", 0, 100, "parquet")], DataPath = _folder["d.parquet"] },
        spec, _folder["q/rows.parquet"], default);

    public static TheoryData<CheckSpec, string, bool, double> Cases => new()
    {
        { new UniqueCheck(["n", "k"]), "unique n, k", true, 0 },
        { new UniqueCheck(["k"]), "unique k", false, 97 },
        { new FreshnessCheck("at", TimeSpan.FromHours(11)), "at is at most 11 hours old", true, (12 - (98.0 / 60)) / 24 },
        { new FreshnessCheck("at", TimeSpan.FromHours(10)), "at is at most 10 hours old", false, (12 - (98.0 / 60)) / 24 },
        { new BalanceCheck("k", 0.1), "every value of k has a share >= 0.1", true, 10.0 / 99 },
        { new BalanceCheck("k", 0.2), "every value of k has a share >= 0.2", false, 10.0 / 99 },
        { new QuantileCheck("n", 0.5, 49, 49), "quantile 0.5 of n in [49, 49]", true, 49 },
        { new QuantileCheck("n", 1, null, 97), "quantile 1 of n <= 97", false, 98 },
        { new QuantileCheck("n", 0, 1, null), "quantile 0 of n >= 1", false, 0 },
        { new MonotonicCheck("at"), "at never falls", true, 0 },
        { new MonotonicCheck("x"), "x never falls", false, 94 },
        { new OutliersCheck(["x"], 0.06, OutlierMethod.Iqr), "outliers of x (iqr) <= 0.06", true, 5.0 / 99 },
        { new OutliersCheck(["x"], 0.05, OutlierMethod.Iqr), "outliers of x (iqr) <= 0.05", false, 5.0 / 99 },
        { new OutliersCheck(["x"], 0.05, OutlierMethod.ZScore), "outliers of x (zscore) <= 0.05", false, 5.0 / 99 },
        { new OutliersCheck(["x"], 0.06, OutlierMethod.Isolation), "outliers of x (isolation) <= 0.06", true, 5.0 / 99 },
        { new OutliersCheck(["e", "n"], 0, OutlierMethod.Isolation), "outliers of e, n (isolation) <= 0", true, double.NaN },
        { new QuantileCheck("e", 0.5, 1, 2), "quantile 0.5 of e in [1, 2]", true, double.NaN },
        { new OutliersCheck(["e"], 0, OutlierMethod.ZScore), "outliers of e (zscore) <= 0", true, double.NaN },
        { new BalanceCheck("e", 0.5), "every value of e has a share >= 0.5", true, double.NaN },
        { new SqlCheck("n < 90 OR k = 'often'") { Severity = CheckSeverity.Warn }, "n < 90 OR k = 'often'", false, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void A_check_measures_the_kept_rows(CheckSpec check, string text, bool passed, double value)
    {
        var verdict = Validate(s_spec with { Checks = [check] });
        var result = verdict.Checks[^1];
        Assert.Equal((text, passed), (result.Check, result.Passed));
        Assert.Equal(value, result.Value, 1e-9);
        Assert.Equal(passed || check.Severity is CheckSeverity.Warn, verdict.Passed);
    }

    [Fact]
    public void Outliers_by_several_columns_name_the_row_that_is_furthest()
    {
        var result = Validate(s_spec with { Checks = [new OutliersCheck(["n", "x"], 0.05, OutlierMethod.Isolation)] }).Checks[^1];
        Assert.Equal(("outliers of n, x (isolation) <= 0.05", false), (result.Check, result.Passed));
        // The five with x = 1000, of which the first is at the edge of n, too.
        Assert.InRange(result.Value, 5.0 / 99, 8.0 / 99);
        Assert.Contains("the furthest is row 1 with n = 0, x = 1000, score 0.", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_is_reported_and_does_not_fail()
    {
        var verdict = Validate(s_spec with { Checks = [new UniqueCheck(["k"]) { Severity = CheckSeverity.Warn }] });
        Assert.True(verdict.Passed);
        Assert.Empty(verdict.Reason);
        Assert.Equal((false, CheckSeverity.Warn), (verdict.Checks[^1].Passed, verdict.Checks[^1].Severity));
    }

    [Fact]
    public void A_condition_sets_rows_apart_like_any_rule()
    {
        var spec = s_spec with { Checks = [new SqlCheck("k = 'often' OR n < 50 -- rare ones early")] };
        var verdict = Validate(spec);
        // n = 99 by its range; 50, 60, 70, 80, 90 by the condition.
        Assert.Equal((94, 6), (verdict.Kept, verdict.Quarantined));
        Assert.Contains("first at d, row 51", verdict.Checks[^1].Detail, StringComparison.Ordinal);
        Assert.False(Validate(spec with { InvalidRows = InvalidRowPolicy.Fail }).Passed);
    }

    [Theory]
    [InlineData("n", "it is of type BIGINT, no condition.")]
    [InlineData("m > 1", "there is no column 'm'.")]
    [InlineData("(SELECT true)", "a subquery is not allowed.")]
    [InlineData("true) OR (true", "does not parse")]
    public void A_condition_that_is_none_is_refused(string sql, string problem)
    {
        var error = Assert.Throws<ExpressionException>(() => Validate(s_spec with { Checks = [new RowsCheck(1, null), new SqlCheck(sql)] }));
        Assert.StartsWith("data.checks[1].sql", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
