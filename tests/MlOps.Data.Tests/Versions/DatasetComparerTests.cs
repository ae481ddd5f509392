using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Versions;

namespace MlOps.Data.Tests.Versions;

public sealed class DatasetComparerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DatasetDiff Compare(string old, string young, params string[] key)
    {
        using (var connection = DuckDbConnection.Open())
        {
            connection.Execute($"COPY ({old}) TO {Sql.Text(_folder["old.parquet"])} (FORMAT parquet)", default);
            connection.Execute($"COPY ({young}) TO {Sql.Text(_folder["new.parquet"])} (FORMAT parquet)", default);
        }
        return new DatasetComparer().Compare(_folder["old.parquet"], _folder["new.parquet"], key, default);
    }

    private const string Old = "SELECT * FROM (VALUES (1::BIGINT, 'a', 1.0::DOUBLE), (2, 'b', 2.0), (3, NULL, 3.0), (NULL, 'n', 4.0)) t(id, name, x)";
    private const string New = "SELECT * FROM (VALUES (2::BIGINT, 'B', 2.5::DOUBLE), (3, NULL, 3.0), (4, 'd', 4.0), (NULL, 'N', 4.0)) t(id, name, x)";

    [Fact]
    public void By_key_rows_are_added_removed_or_changed()
    {
        var diff = Compare(Old, New, "id");
        Assert.Equal((1, 1, 2), (diff.Added, diff.Removed, diff.Changed));
        Assert.Equal(new Dictionary<string, long> { ["name"] = 2, ["x"] = 1 }, diff.ChangedColumns);
        Assert.Equal((4, 4), (diff.OldRows, diff.NewRows));
        Assert.Empty(diff.Schema);
    }

    [Fact]
    public void Without_key_a_change_is_one_row_removed_and_one_added()
    {
        var diff = Compare(Old, New);
        Assert.Equal((3, 3, 0), (diff.Added, diff.Removed, diff.Changed));
    }

    [Fact]
    public void Equal_rows_count_as_often_as_they_occur()
    {
        var diff = Compare("SELECT 1::BIGINT AS a FROM range(5)", "SELECT 1::BIGINT AS a FROM range(3) UNION ALL SELECT 2");
        Assert.Equal((1, 2), (diff.Added, diff.Removed));
    }

    [Fact]
    public void A_version_against_itself_has_no_changes()
    {
        var diff = Compare(Old, Old, "id");
        Assert.Equal((0, 0, 0), (diff.Added, diff.Removed, diff.Changed));
        Assert.False(diff.Drift.Drifted);
    }

    [Fact]
    public void Columns_that_came_went_or_changed_type_are_named()
    {
        var diff = Compare("SELECT 1::BIGINT AS a, 'x' AS b, 1.0::DOUBLE AS c", "SELECT 1::BIGINT AS a, true AS b, DATE '2001-01-01' AS d");
        Assert.Equal(
            [new("b", ColumnType.String, ColumnType.Bool), new("c", ColumnType.Double, null), new("d", null, ColumnType.Date)], diff.Schema);
    }

    [Fact]
    public void A_key_that_is_not_unique_or_not_there_is_refused()
    {
        Assert.Contains("1 keys (a) occur more than once in old.parquet",
            Assert.Throws<ArgumentException>(() => Compare("SELECT 1::BIGINT AS a FROM range(2)", "SELECT 1::BIGINT AS a", "a")).Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'name'?", Assert.Throws<ArgumentException>(() => Compare(Old, New, "nam")).Message, StringComparison.Ordinal);
    }
}
