using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Ingest.Text;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Ingest.Text;

public sealed class CsvRecordsTests
{
    private static readonly DataSpec s_spec = new() { Columns = [new() { Name = "a", Type = ColumnType.Int }, new() { Name = "b", Type = ColumnType.String }] };

    /// <summary>Quotes that never close, blank lines and line ends of both kinds must not shift the places of what follows.</summary>
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Places_are_right_after_an_open_quote_and_blank_lines(string end)
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.csv", string.Join(end, ["", "a,b", "1,ok", "", "x,\"two", "lines\"", "2,\"open", "3,\"closed\"", "y,last", "4,ok", ""]));
        var result = new DatasetIngestor().Ingest([new(folder["x.csv"], "x.csv")], s_spec, folder["out"], default);
        using var connection = DuckDbConnection.Open();
        var places = connection.Rows($"SELECT line, value FROM read_parquet({Sql.Text(result.RejectsPath!)}) ORDER BY line", default);
        Assert.Equal([(5, "x"), (9, "y")], places.Where(p => p.Text(1).Length == 1).Select(p => ((int)p.Long(0), p.Text(1))));
        Assert.Contains(places, p => p.Long(0) == 7 && p.Text(1).StartsWith("2,\"open", StringComparison.Ordinal));
    }
}
