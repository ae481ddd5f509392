using MlOps.Core.Specification;
using MlOps.Data.Inference;
using MlOps.Data.Native;
using MlOps.Data.Profiling;

namespace MlOps.Data.Tests.Inference;

public sealed class OrderInferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_and_order_that_cannot_be_chance_are_proposed()
    {
        var found = Infer(
            """
            SELECT i AS id, (i * 7919) % 2003 AS shuffled, (hash(i) % 4000000000)::BIGINT AS chance, 'order-' || i AS name, 'a comment ' || i AS comment, i // 10 AS step,
                   TIMESTAMP '2001-03-01' + INTERVAL 1 MINUTE * i AS at, i // 1500 AS flag, CASE WHEN i <> 5 THEN i END AS gap, i + (CASE WHEN i = 900 THEN 900 ELSE 0 END) AS twice
            FROM range(2000) r(i)
            """,
            ("id", ColumnType.Int), ("shuffled", ColumnType.Int), ("chance", ColumnType.Int), ("name", ColumnType.String), ("comment", ColumnType.String), ("step", ColumnType.Int),
            ("at", ColumnType.Timestamp), ("flag", ColumnType.Int), ("gap", ColumnType.Int), ("twice", ColumnType.Int));
        Assert.Equal(["id", "shuffled", "name"], found.OfType<UniqueCheck>().Select(u => Assert.Single(u.Columns)));
        Assert.Equal(["id", "step", "at"], found.OfType<MonotonicCheck>().Select(m => m.Column));
        Assert.All(found.OfType<MonotonicCheck>(), m => Assert.Equal(CheckSeverity.Warn, m.Severity));
        Assert.All(found.OfType<UniqueCheck>(), m => Assert.Equal(CheckSeverity.Fail, m.Severity));
    }

    [Fact]
    public void Few_rows_tell_nothing() => Assert.Empty(Infer("SELECT i AS id FROM range(999) r(i)", ("id", ColumnType.Int)));

    [Fact]
    public void What_is_declared_is_not_proposed_again() =>
        Assert.Empty(Infer("SELECT i AS id FROM range(2000) r(i)", [new UniqueCheck(["id"]), new MonotonicCheck("id")], ("id", ColumnType.Int)));

    [Fact]
    public void Real_flights_have_neither_a_key_nor_an_order_but_one_of_a_sorted_file()
    {
        (string, ColumnType)[] columns = [("date", ColumnType.Timestamp), ("delay", ColumnType.Int), ("distance", ColumnType.Int), ("origin", ColumnType.String)];
        var flights = $"SELECT date, delay, distance, origin FROM read_parquet({Sql.Text(RealData.Find("flights-3m.parquet"))}) WHERE date < TIMESTAMP '2001-01-03'";
        Assert.Empty(Infer(flights + " ORDER BY hash(date, delay, distance)", columns));
        Assert.Equal([new MonotonicCheck("date") { Severity = CheckSeverity.Warn }], Infer(flights + " ORDER BY date", columns));
    }

    private IReadOnlyList<CheckSpec> Infer(string query, params (string Name, ColumnType Type)[] columns) => Infer(query, [], columns);

    private IReadOnlyList<CheckSpec> Infer(string query, IReadOnlyList<CheckSpec> checks, params (string Name, ColumnType Type)[] columns)
    {
        var path = _folder["data.parquet"];
        using (var connection = DuckDbConnection.Open()) connection.Execute($"COPY ({query}) TO {Sql.Text(path)} (FORMAT parquet)", default);
        var data = new DataSpec { Columns = [.. columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })], Checks = checks };
        return OrderInference.Infer(path, new DatasetProfiler().Profile(path, data, null, default), data, default);
    }
}
