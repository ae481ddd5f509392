using MlOps.Data.Examples;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Examples;

public sealed class ExampleDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExampleDataTests()
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY (SELECT i, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS k FROM range(1000) r(i)) TO {Sql.Text(_folder["s.parquet"])}", default);
    }

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<string> Create(string? partition) =>
        new ExampleData().Create(_folder["s.parquet"], new() { Source = "s.parquet", Partition = partition }, "part", _folder["out"], default);

    [Fact]
    public void Rows_go_to_the_file_of_their_partition_in_their_order()
    {
        var files = Create("k");
        Assert.Equal(["part-a.parquet", "part-b.parquet"], files.Select(Path.GetFileName));
        using var connection = DuckDbConnection.Open();
        Assert.Equal(Enumerable.Range(0, 1000).Where(i => i % 3 == 0).Select(i => (long)i),
            connection.Rows($"SELECT i FROM read_parquet({Sql.Text(files[0])})", default).Select(r => r.Long(0)));
        Assert.Equal(1000, connection.Rows($"SELECT count(*) FROM read_parquet({Sql.List(files)})", default)[0].Long(0));
    }

    [Fact]
    public void What_is_there_is_kept_and_what_is_missing_made()
    {
        var files = Create("k");
        File.WriteAllText(files[0], "kept");
        File.Delete(files[1]);
        Assert.Equal(files, Create("k"));
        Assert.Equal("kept", File.ReadAllText(files[0]));
        Assert.True(File.Exists(files[1]));
    }

    [Fact]
    public void Without_an_expression_the_source_is_copied() =>
        Assert.Equal(File.ReadAllBytes(_folder["s.parquet"]), File.ReadAllBytes(Assert.Single(Create(null))));

    [Theory]
    [InlineData("'../' || k")]
    [InlineData("'a/' || k")]
    [InlineData("'.' || k")]
    [InlineData("''")]
    [InlineData("nullif(k, 'a')")]
    [InlineData("kk")]
    public void A_partition_that_is_no_safe_name_is_refused(string sql) => Assert.Throws<ExpressionException>(() => Create(sql));
}
