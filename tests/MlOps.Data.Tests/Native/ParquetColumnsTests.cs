using MlOps.Core.Features;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Native;

public sealed class ParquetColumnsTests
{
    [Fact]
    public void Columns_come_in_the_order_asked_for_with_missing_values_marked()
    {
        using var folder = new TemporaryFolder();
        using (var connection = DuckDbConnection.Open())
        {
            connection.Execute(
                $"""
                COPY (SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i::FLOAT END AS f, i % 2 = 0 AS b,
                             CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN 'ATL' ELSE 'a name longer than twelve bytes é ' || i % 5 END AS t
                      FROM range(10000) r(i)) TO {Sql.Text(folder["x.parquet"])} (FORMAT parquet)
                """, default);
        }
        var batch = ParquetColumns.Read(folder["x.parquet"], ["t", "f", "b"], null, default);
        var texts = ((CategoryColumn)batch.Columns[0]).Values.ToArray();
        var numbers = ((NumberColumn)batch.Columns[1]).Values.ToArray();
        Assert.Equal(10_000, batch.Rows);
        Assert.Equal(["", "ATL", "a name longer than twelve bytes é 2"], texts[..3]);
        Assert.Equal([float.NaN, 1, 2, float.NaN], numbers[..4]);
        Assert.Equal([1f, 0f], ((NumberColumn)batch.Columns[2]).Values.ToArray()[..2]);
        Assert.Same(texts[1], texts[9_996]);
        Assert.Same(texts[2], texts[9_997]);
    }

    [Fact]
    public void A_column_that_is_not_there_is_named() => Assert.Contains(
        "nothing", Assert.Throws<DuckDbException>(() => ParquetColumns.Read(RealData.Flights, ["nothing"], null, default)).Message, StringComparison.Ordinal);
}
