using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Leakage;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Leakage;

public sealed class SharedExamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string query)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder[name])} (FORMAT parquet)", default);
        return _folder[name];
    }

    private static PipelineSpec Spec(SplitMethod by, params string[] key) => RealData.Pipeline(
        "p",
        new DataSpec
        {
            Columns = [new() { Name = "at", Type = ColumnType.Timestamp }, new() { Name = "id", Type = ColumnType.Int }, new() { Name = "y", Type = ColumnType.Double }],
            Checks = [new LeakageCheck(0.95, 0.05, key)],
        },
        new FeaturesSpec { Label = new("y", "y"), Inputs = [new("id", "id")], Split = new() { By = by, Column = by is SplitMethod.Time ? "at" : null, Seed = 3 } });

    private const string Rows = "SELECT TIMESTAMP '2001-01-01' + to_minutes(i::INT) AS at, i AS id, (i * 7919 % 100)::DOUBLE AS y FROM range(1000) r(i)";

    private CheckResult Leakage(PipelineSpec spec, string path) => Assert.Single(new FeatureBuilder().Build([path], spec, _folder["out"], default).Leakage);

    [Theory]
    [InlineData(SplitMethod.Time)]
    [InlineData(SplitMethod.Random)]
    public void Different_rows_share_nothing(SplitMethod by)
    {
        var result = Leakage(Spec(by), Write("d.parquet", Rows));
        Assert.Equal((true, 0.0), (result.Passed, result.Value));
    }

    [Fact]
    public void Rows_that_were_delivered_twice_end_up_on_both_sides_of_a_random_split()
    {
        var result = Leakage(Spec(SplitMethod.Random), Write("d.parquet", $"{Rows} UNION ALL {Rows}"));
        Assert.False(result.Passed);
        // A copy is in training with probability 0.7.
        Assert.InRange(result.Value, 0.6, 0.8);
        Assert.Contains("of 400 test examples", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_by_time_keeps_copies_of_one_instant_together()
    {
        Assert.True(Leakage(Spec(SplitMethod.Time), Write("d.parquet", $"{Rows} UNION ALL {Rows}")).Passed);
    }

    [Fact]
    public void With_a_key_the_same_customer_counts_as_the_same_row()
    {
        var path = Write("d.parquet", Rows.Replace("i AS id", "i % 10 AS id", StringComparison.Ordinal));
        Assert.True(Leakage(Spec(SplitMethod.Time), path).Passed);
        var byKey = Leakage(Spec(SplitMethod.Time, "id"), path);
        Assert.Equal((false, 1.0), (byKey.Passed, byKey.Value));
        Assert.Contains("in id.", byKey.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_examples_that_the_champion_learned_are_counted_and_only_warned_of()
    {
        var (champion, current) = (Spec(SplitMethod.Random), Spec(SplitMethod.Random) with { Features = Spec(SplitMethod.Random).Features with { Split = new() { By = SplitMethod.Random, Seed = 99 } } });
        var path = Write("d.parquet", Rows);
        new FeatureBuilder().Build([path], current, _folder["out"], default);
        var result = new ChampionOverlap().Check(_folder["out/test.parquet"], current.Data, [path], champion, new(0.95, 0.05, []), default)!;
        Assert.Equal((false, CheckSeverity.Warn), (result.Passed, result.Severity));
        Assert.InRange(result.Value, 0.6, 0.8);

        // Divided alike, the champion's test part is the candidate's.
        new FeatureBuilder().Build([path], champion, _folder["out"], default);
        Assert.Equal(0, new ChampionOverlap().Check(_folder["out/test.parquet"], champion.Data, [path], champion, new(0.95, 0.05, []), default)!.Value);
    }

    [Fact]
    public void A_champion_of_other_columns_cannot_be_compared()
    {
        var path = Write("d.parquet", Rows);
        var spec = Spec(SplitMethod.Random);
        new FeatureBuilder().Build([path], spec, _folder["out"], default);
        var champion = spec with { Data = spec.Data with { Columns = [.. spec.Data.Columns.Take(2), new() { Name = "y", Type = ColumnType.Int }] } };
        Assert.Null(new ChampionOverlap().Check(_folder["out/test.parquet"], spec.Data, [path], champion, new(0.95, 0.05, []), default));
        Assert.NotNull(new ChampionOverlap().Check(_folder["out/test.parquet"], spec.Data, [path], champion, new(0.95, 0.05, ["id"]), default));
    }
}
