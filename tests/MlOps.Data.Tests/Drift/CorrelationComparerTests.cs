using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Drift;

public sealed class CorrelationComparerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly DataSpec s_data = new()
    {
        Columns =
        [
            new() { Name = "x", Type = ColumnType.Double, Max = 1e6 }, new() { Name = "y", Type = ColumnType.Double },
            new() { Name = "k", Type = ColumnType.String }, new() { Name = "m", Type = ColumnType.String },
        ],
    };

    private string Write(string name, int rows, string y, string m)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY (SELECT x, {y} AS y, k, {m} AS m FROM (SELECT (i * 7919 % 1009)::DOUBLE AS x, (i * 104729 % 1013)::DOUBLE AS noise, 'k' || i % 4 AS k, i FROM range({rows}) r(i))) TO {Sql.Text(_folder[name])} (FORMAT parquet)", default);
        return _folder[name];
    }

    private static IReadOnlyList<CorrelationChange> Compare(string reference, string current) => new CorrelationComparer().Compare([reference], [current], s_data, default);

    [Fact]
    public void The_same_data_has_not_changed()
    {
        var path = Write("a.parquet", 3000, "noise", "k");
        Assert.All(Compare(path, path), c => Assert.Equal(0, c.Size));
    }

    [Fact]
    public void A_correlation_that_turns_round_comes_first_and_a_category_that_lets_go_is_seen()
    {
        var changes = Compare(Write("a.parquet", 3000, "x", "k"), Write("b.parquet", 3000, "-x", "'m' || (i * 104729 % 1013) % 4"));
        Assert.Equal(("x", "y", 1.0, -1.0), (changes[0].Left, changes[0].Right, changes[0].Reference, changes[0].Current));
        var categories = changes.Single(c => c.Measure is AssociationMeasure.CramersV);
        Assert.Equal(("k", "m"), (categories.Left, categories.Right));
        Assert.Equal(1, categories.Reference, 1e-6);
        Assert.InRange(categories.Current, 0, 0.1);
        Assert.True(changes[0].Exceeds(0.25) && categories.Exceeds(0.25));
    }

    [Fact]
    public void What_a_few_rows_show_by_chance_is_no_change()
    {
        var changes = Compare(Write("a.parquet", 3000, "noise", "k"), Write("b.parquet", 12, "noise", "k"));
        Assert.NotEmpty(changes);
        Assert.DoesNotContain(changes, c => c.Exceeds(0.25));
        Assert.True(new CorrelationChange("x", "y", AssociationMeasure.Pearson, 0, 0.5, 0.1).Exceeds(0.25));
        Assert.False(new CorrelationChange("x", "y", AssociationMeasure.Pearson, 0, 0.5, 0.2).Exceeds(0.25));
    }

    [Fact]
    public void Rows_that_break_a_rule_do_not_count()
    {
        var clean = Write("a.parquet", 3000, "x", "k");
        using (var connection = DuckDbConnection.Open())
            connection.Execute($"COPY (SELECT * FROM read_parquet({Sql.Text(clean)}) UNION ALL SELECT 1e9, -i::DOUBLE, 'k0', 'k1' FROM range(3000) r(i)) TO {Sql.Text(_folder["dirty.parquet"])} (FORMAT parquet)", default);
        Assert.All(Compare(clean, _folder["dirty.parquet"]), c => Assert.Equal(0, c.Size, 1e-6));
    }
}
