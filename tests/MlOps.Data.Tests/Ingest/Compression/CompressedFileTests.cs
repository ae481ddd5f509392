using System.IO.Compression;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Ingest.Compression;

public sealed class CompressedFileTests : IDisposable
{
    private readonly IngestFixture _drop = new();

    public void Dispose() => _drop.Dispose();

    [Theory]
    [InlineData("a.csv.zst", "id,name\n1,x\n2,y\n")]
    [InlineData("a.json.zst", """[{"id":1,"name":"x"},{"id":2,"name":"y"}]""")]
    [InlineData("a.jsonl.zst", "{\"id\":1,\"name\":\"x\"}\n{\"id\":2,\"name\":\"y\"}\n")]
    [InlineData("marked.csv.zst", "\uFEFFid,name\n1,x\n2,y\n")]
    public void Zstandard_of_every_text_format_is_read(string name, string content)
    {
        _drop.Write(name, Zstd(content));
        Assert.Equal(["1|x", "2|y"], _drop.Rows(name));
    }

    [Fact]
    public void Zstandard_and_gzip_of_parquet_are_read()
    {
        _drop.WriteParquet("a.parquet", "SELECT 1 AS id, 'x' AS name");
        _drop.Write("b.parquet.gz", Gzip(File.ReadAllBytes(_drop["a.parquet"])));
        Assert.Equal(["1|x"], _drop.Rows("b.parquet.gz"));
        using (var connection = DuckDbConnection.Open())
            connection.Execute($"COPY (SELECT 1 AS id, 'x' AS name) TO {Sql.Text(_drop["c.parquet"])} (FORMAT parquet, COMPRESSION zstd)", default);
        Assert.Equal(["1|x"], _drop.Rows("c.parquet"));
    }

    [Fact]
    public void Frames_that_follow_one_another_are_one_file()
    {
        _drop.Write("a.csv.zst", [.. Zstd("id,name\n1,x\n"), 0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3, .. Zstd("2,y\n")]);
        Assert.Equal(["1|x", "2|y"], _drop.Rows("a.csv.zst"));
    }

    [Fact]
    public void Zstandard_larger_than_its_buffers_is_read_whole()
    {
        var text = "id,name\n" + string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i},{i * 7919L % 1000003}\n"));
        _drop.Write("a.csv.zst", Zstd(text));
        var result = _drop.Ingest("a.csv.zst");
        _drop.Write("a.csv", text);
        Assert.Equal(_drop.Ingest("a.csv").Version, result.Version);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Data_that_is_cut_off_is_refused(double part)
    {
        var text = "id,name\n" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},{i * 7919L % 1000003}\n"));
        foreach (var (name, whole) in ((string, byte[])[])[("a.csv.zst", Zstd(text)), ("a.csv.gz", Gzip(System.Text.Encoding.UTF8.GetBytes(text)))])
        {
            _drop.Write(name, whole[..(int)(whole.Length * part)]);
            Assert.Contains("damaged or cut off", _drop.Refusal(name).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bomb_of_either_kind_ends_at_the_limit()
    {
        _drop.Limits = new() { MaxExpandedBytes = 1_000_000 };
        var zeros = new string('0', 10_000_000);
        _drop.Write("bomb.csv.zst", Zstd(zeros));
        _drop.Write("bomb.csv.gz", Gzip(System.Text.Encoding.UTF8.GetBytes(zeros)));
        foreach (var name in (string[])["bomb.csv.zst", "bomb.csv.gz"])
        {
            Assert.True(new FileInfo(_drop[name]).Length < 100_000);
            Assert.Contains("expands to more than 1,000,000 bytes", _drop.Refusal(name).Message, StringComparison.Ordinal);
        }
    }

    // A file can be made that expands to itself, for ever.
    [Fact]
    public void What_is_compressed_twice_is_refused()
    {
        _drop.Write("a.csv.gz", Gzip(Gzip("id,name\n1,x\n"u8.ToArray())));
        Assert.Contains("compressed twice", _drop.Refusal("a.csv.gz").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_is_that_of_the_bytes_as_they_arrived()
    {
        var bytes = Zstd("id,name\n1,x\n");
        _drop.Write("a.csv.zst", bytes);
        var file = Assert.Single(_drop.Ingest("a.csv.zst").Files);
        Assert.Equal((Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), bytes.Length, "csv"), (file.Sha256, (int)file.Bytes, file.Format));
    }

    private static byte[] Gzip(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(content);
        return target.ToArray();
    }

    // DuckDB writes Zstandard: a text of one column, one record a line.
    private static byte[] Zstd(string text)
    {
        using var folder = new TemporaryFolder();
        using var connection = DuckDbConnection.Open();
        folder.Write("text", text);
        connection.Execute(
            $"COPY (SELECT content FROM read_text({Sql.Text(folder["text"])})) TO {Sql.Text(folder["text.zst"])} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0002', COMPRESSION zstd)", default);
        return File.ReadAllBytes(folder["text.zst"]);
    }
}
