using MlOps.Data.Native;

namespace MlOps.Data.Tests.Native;

public sealed class DuckDbConnectionTests : IDisposable
{
    private readonly DuckDbConnection _connection = DuckDbConnection.Open();

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Values_of_every_type_come_back()
    {
        var row = _connection.Rows(
            "SELECT NULL, true, 1::TINYINT, -2::SMALLINT, 3::INTEGER, 4, 5::UBIGINT, 6::HUGEINT, 1.5::FLOAT, 2.5::DOUBLE, 'é', TIMESTAMP '2001-02-03 04:05:06.789', DATE '2001-02-03'",
            default)[0];
        Assert.Equal(
            [null, true, 1L, -2L, 3L, 4L, 5L, 6L, 1.5, 2.5, "é", new DateTime(2001, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc)],
            Enumerable.Range(0, row.Count).Select(i => row[i]));
    }

    [Fact]
    public void Parameters_are_bound_as_values_not_as_text()
    {
        using var statement = _connection.Prepare("SELECT $1::VARCHAR, $2::BIGINT, $3::DOUBLE, $4::TIMESTAMP, $5::BOOLEAN, $6::VARCHAR");
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        statement.Bind(1, "'; DROP TABLE x; --").Bind(2, 7).Bind(3, 0.5).Bind(4, time).Bind(5, false).Bind(6, null);
        using var result = statement.Query(default);
        var row = result.ToRows()[0];
        Assert.Equal(["'; DROP TABLE x; --", 7L, 0.5, time, false, null], Enumerable.Range(0, 6).Select(i => row[i]));
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELEC")]
    [InlineData("SELECT * FROM nowhere")]
    public void What_cannot_be_planned_is_an_error(string sql) => Assert.Throws<DuckDbException>(() => _connection.Prepare(sql));

    [Fact]
    public void A_result_too_large_for_memory_goes_to_the_temporary_folder()
    {
        using var folder = new TemporaryFolder();
        using var small = DuckDbConnection.Open(new() { MemoryLimitBytes = 64 << 20, Threads = 1, TempFolder = folder["spill"] });
        small.Execute("CREATE TABLE t AS SELECT i, hash(i) AS h FROM range(10000000) r(i)", default);
        Assert.NotEmpty(Directory.GetFiles(folder["spill"]));
        Assert.Equal(10_000_000, small.Rows("SELECT count(DISTINCT h) FROM t", default)[0].Long(0));
    }

    [Theory]
    [InlineData("O'Hare")]
    [InlineData("'; --")]
    [InlineData("back\\slash \n line")]
    public void Quoted_texts_and_names_come_back_as_they_were(string text)
    {
        using var result = _connection.Query($"SELECT {Sql.Text(text)} AS {Sql.Name(text)}", default);
        Assert.Equal(text, result.Columns[0]);
        Assert.Equal(text, result.ToRows()[0].Text(0));
    }

    [Fact]
    public void A_nul_cannot_be_quoted() => Assert.Throws<ArgumentException>(() => Sql.Text("a\0b"));
}
