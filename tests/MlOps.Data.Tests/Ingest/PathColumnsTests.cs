using MlOps.Core.Specification;
using MlOps.Data.Ingest;

namespace MlOps.Data.Tests.Ingest;

public sealed class PathColumnsTests : IDisposable
{
    private readonly IngestFixture _drop = new()
    {
        Spec = new()
        {
            Columns = [new() { Name = "id", Type = ColumnType.Int }, new() { Name = "day", Type = ColumnType.Date }, new() { Name = "city", Type = ColumnType.String }],
        },
    };

    public void Dispose() => _drop.Dispose();

    [Fact]
    public void Folders_name_columns_as_hive_and_spark_do()
    {
        Assert.Equal(
            new Dictionary<string, string?> { ["day"] = "2001-01-02", ["city"] = "São Paulo/SP", ["none"] = null, ["a=b"] = "c=d" },
            PathColumns.Of("drop/day=2001-01-02/city=S%C3%A3o Paulo%2FSP/none=__HIVE_DEFAULT_PARTITION__/a%3Db=c=d/=x/part=0.parquet"));
        Assert.Empty(PathColumns.Of("x=1.csv"));
    }

    [Fact]
    public void Partitions_of_every_format_become_columns()
    {
        _drop.WriteParquet("d/day=2001-01-01/city=Oslo/1.parquet", "SELECT 1 AS id");
        _drop.Write("d/day=2001-01-02/city=Oslo/1.csv", "id\n2\n");
        _drop.Write("d/day=2001-01-03/city=__HIVE_DEFAULT_PARTITION__/1.jsonl", "{\"id\":3}\n");
        _drop.Write("d/day=2001-01-04/city=Oslo/1.json", "[{\"id\":4,\"city\":\"Rome\"}]");
        Assert.Equal(
            ["1|2001-01-01|Oslo", "2|2001-01-02|Oslo", "3|2001-01-03|NULL", "4|2001-01-04|Rome"],
            _drop.Rows("d/day=2001-01-01/city=Oslo/1.parquet", "d/day=2001-01-02/city=Oslo/1.csv", "d/day=2001-01-03/city=__HIVE_DEFAULT_PARTITION__/1.jsonl", "d/day=2001-01-04/city=Oslo/1.json"));
    }

    [Fact]
    public void A_value_of_a_folder_that_does_not_convert_makes_the_rows_unreadable()
    {
        _drop.WriteParquet("day=tomorrow/city=Oslo/1.parquet", "SELECT 1 AS id");
        Assert.Contains("none of its 1 rows can be read", _drop.Refusal("day=tomorrow/city=Oslo/1.parquet").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_header_columns_of_the_path_take_no_field()
    {
        _drop.Spec = _drop.Spec with { Files = new() { Header = false } };
        _drop.Write("day=2001-01-02/1.csv", "1,Oslo\n");
        Assert.Equal(["1|2001-01-02|Oslo"], _drop.Rows("day=2001-01-02/1.csv"));
    }
}
