using MlOps.Data.Native;

namespace MlOps.Data.Tests.Sandbox;

/// <summary>What even unrestricted SQL cannot do on a locked connection.</summary>
public sealed class LockedConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DuckDbConnection _connection = DuckDbConnection.Open(new() { MemoryLimitBytes = 128 << 20 });

    public LockedConnectionTests()
    {
        _connection.Execute($"COPY (SELECT 42 AS a) TO {Sql.Text(_folder["mine.parquet"])}", default);
        _connection.Execute($"COPY (SELECT 43 AS a) TO {Sql.Text(_folder["other.parquet"])}", default);
        Directory.CreateDirectory(_folder["out"]);
        _connection.Lock([_folder["mine.parquet"]], _folder["out"]);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_files_that_were_named_can_be_read_and_written()
    {
        _connection.Execute($"COPY (FROM {Sql.Text(_folder["mine.parquet"])}) TO {Sql.Text(_folder["out/copy.parquet"])}", default);
        Assert.Equal(42, _connection.Rows($"FROM {Sql.Text(_folder["out/copy.parquet"])}", default)[0].Long(0));
    }

    [Theory]
    [InlineData("FROM '{0}/other.parquet'")]
    [InlineData("FROM '{0}/out/../other.parquet'")]
    [InlineData("FROM read_parquet('{0}/*.parquet')")]
    [InlineData("FROM glob('{0}/*')")]
    [InlineData("FROM read_text('/etc/passwd')")]
    [InlineData("FROM read_blob('/proc/self/environ')")]
    [InlineData("FROM 'https://example.com/x.parquet'")]
    [InlineData("COPY (SELECT 1) TO '{0}/new.csv'")]
    [InlineData("ATTACH '{0}/new.db'")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("SET lock_configuration = false")]
    [InlineData("SET allowed_paths = ['/etc/passwd']")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("SET profiling_output = '{0}/profile'")]
    [InlineData("EXPORT DATABASE '{0}/export'")]
    public void Nothing_else_is_in_reach(string sql) => Assert.Throws<DuckDbException>(
        () => _connection.Rows(sql.Replace("{0}", _folder.Path, StringComparison.Ordinal), default));

    [Fact]
    public void A_query_that_takes_too_long_is_stopped_by_its_token()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => _connection.Rows("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", soon.Token));
    }
}
