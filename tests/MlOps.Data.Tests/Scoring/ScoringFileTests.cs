using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Scoring;

namespace MlOps.Data.Tests.Scoring;

public sealed class ScoringFileTests : IDisposable
{
    private static readonly InputPolicy s_strict = new() { Range = InputAction.Reject, UnknownCategory = InputAction.Reject };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_prediction_request_is_refused_for_sets_a_row_apart_in_the_same_words()
    {
        ColumnSpec[] columns =
        [
            new() { Name = "age", Type = ColumnType.Int, Min = 0, Max = 120, Required = true },
            new() { Name = "height", Type = ColumnType.Double },
            new() { Name = "city", Type = ColumnType.String, Pattern = "[A-Z].*" },
            new() { Name = "kind", Type = ColumnType.String, Values = ["new", "old"], Required = true },
            new() { Name = "member", Type = ColumnType.Bool },
            new() { Name = "seen", Type = ColumnType.Timestamp, Required = true },
            new() { Name = "born", Type = ColumnType.Date },
        ];
        var profile = new InputProfile
        {
            Policy = s_strict,
            Columns = [new() { Name = "height", Min = 1, Max = 2.5 }, new() { Name = "city", Categories = ["Mdina", "Kraków"] }],
        };
        string?[][] values =
        [
            ["40", "-1", "121", "\"old\"", null, "1e3"],
            ["1.8", "3", "\"tall\"", null, "2.5", "0.999"],
            ["\"Mdina\"", "\"Kraków\"", "\"mdina\"", "\"Ωmega\"", null, $"\"Z{new string('z', 70_000)}\""],
            ["\"new\"", "\"old\"", "\"older\"", null],
            ["true", "false", "\"perhaps\"", null],
            ["\"2001-03-02T08:15:00Z\"", "\"2001-03-02 08:15:00\"", "\"yesterday\"", "\"2001-02-29T00:00:00Z\"", null],
            ["\"2001-03-02\"", "\"2001-13-02\"", "\"2001-03-02T08:15:00Z\"", null],
        ];
        var random = new Random(7);
        var lines = Enumerable.Range(0, 600).Select(i => $"{{{string.Join(',', columns.Select((c, at) => (c, Value: i is 0 ? values[at][0] : values[at][random.Next(values[at].Length)]))
            .Where(p => p.Value is not null).Select(p => $"{JsonSerializer.Serialize(p.c.Name)}:{p.Value}"))}}}").ToList();
        var transform = Transform(columns, "age");
        var reader = new RawRowsReader(transform, profile);

        var rows = Prepare(transform, "rows.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', lines)), 100, profile);

        var refused = Refused(rows).GroupBy(r => r.Row).ToDictionary(g => g.Key, g => g.Select(r => $"{r.Column}: {r.Reason}"));
        for (var i = 0; i < lines.Count; i++) Assert.Equal(ErrorsOf(reader, lines[i]), refused.GetValueOrDefault(i + 1) ?? []);
        Assert.Equal((lines.Count - refused.Count, refused.Count), (rows.Rows, rows.RefusedRows));
        Assert.InRange(refused.Count, 100, 599);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(i => (long)i).Except(refused.Keys), Numbers(rows));
    }

    [Fact]
    public void Rows_have_the_numbers_of_their_records_also_behind_broken_ones()
    {
        var text = "size,name\n1,a\n2\n3,c\n\nwide,d\n4,e,f\n5,\"two\nlines\"\n6,g\n";

        var rows = Prepare(Sizes, "sizes.csv", text, chunkRows: 2);

        Assert.Equal([1, 3, 6, 7], Numbers(rows));
        Assert.Equal(
            [(2, 3, "name"), (4, 6, "size"), (5, 7, null)],
            Refused(rows).Select(r => (r.Row, r.Line, r.Column)));
        Assert.Equal("a number is expected.", Refused(rows)[1].Reason);
        Assert.Equal("wide", Refused(rows)[1].Value);
    }

    [Theory]
    [InlineData("sizes.csv", "size,name\n")]
    [InlineData("sizes.json", " [ ]\n")]
    public void A_file_without_rows_is_a_chunk_without_rows(string name, string text)
    {
        var rows = Prepare(Sizes, name, text, 10);
        Assert.Equal((0, 0), (rows.Rows, rows.RefusedRows));
        Assert.Empty(Numbers(rows));
    }

    [Fact]
    public void A_parquet_file_without_rows_is_a_chunk_without_rows_and_keeps_the_types_of_what_it_carries()
    {
        var path = Parquet("SELECT 1.5::DOUBLE AS size, [1, 2] AS list, 'x'::BLOB AS bytes WHERE false");
        var rows = Prepare(Sizes, path, 10);
        Assert.Equal(0, rows.Rows);
        using var connection = DuckDbConnection.Open();
        Assert.Equal(
            ["BIGINT", "DOUBLE", "INTEGER[]", "BLOB"],
            connection.Rows($"SELECT column_type FROM (DESCRIBE FROM {Read(rows)})", default).Select(r => r.Text(0)));
    }

    [Fact]
    public void Compressed_files_are_read_as_ingest_reads_them()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("size\n1\n2\n"u8);
        Assert.Equal([1, 2], Numbers(Prepare(Sizes, "sizes.csv.gz", packed.ToArray(), 10, null)));
    }

    [Fact]
    public void Columns_that_cannot_be_told_apart_are_left_out_and_others_carried()
    {
        var rows = Prepare(Sizes, "sizes.csv", "id,size,note,NOTE,Size,,id2\nx,1,a,b,9,z,007\n", 10);
        using var connection = DuckDbConnection.Open();
        Assert.Equal(["__row", "id", "size", "id2"], connection.Rows($"SELECT column_name FROM (DESCRIBE FROM {Read(rows)})", default).Select(r => r.Text(0)));
        Assert.Equal("007", connection.Rows($"SELECT id2 FROM {Read(rows)}", default)[0].Text(0));
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var error = Assert.Throws<DatasetFileException>(() => Prepare(Sizes, "sizes.csv", "sise\n1\n", 10));
        Assert.Equal("size", error.Column);
        Assert.Contains("'sise'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_refused_rows_than_may_be_refuse_the_file()
    {
        var file = new ScoringFile(Sizes, limits: new IngestLimits { MaxUnreadableRows = 2 });
        var path = _folder.Write("sizes.csv", "size\nx\ny\nz\n1\n");
        Assert.Throws<DatasetFileException>(() => file.Prepare(new(path, "sizes.csv"), _folder["rows"], 10, default));
    }

    [Fact]
    public void However_a_file_is_cut_the_output_is_the_same_to_the_byte()
    {
        var random = new Random(11);
        var text = new StringBuilder("id,size,prediction\n");
        for (var i = 0; i < 5000; i++) text.Append(random.Next(20) is 0 ? $"{i},wide,x\n" : random.Next(30) is 0 ? $"{i}\n" : $"{i},{random.NextDouble():R},{(random.Next(2) is 0 ? "" : "\"a,b\"")}\n");
        var (csv, parquet) = (OutputOf(text.ToString(), 5000, ScoringFormat.Csv), OutputOf(text.ToString(), 5000, ScoringFormat.Parquet));

        Prop.ForAll(Gen.Choose(40, 5001).ToArbitrary(), chunkRows =>
            OutputOf(text.ToString(), chunkRows, ScoringFormat.Csv).AsSpan().SequenceEqual(csv) && OutputOf(text.ToString(), chunkRows, ScoringFormat.Parquet).AsSpan().SequenceEqual(parquet))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(8));
    }

    private static FeatureTransform Sizes => Transform([new() { Name = "size", Type = ColumnType.Double }], "size");

    private static FeatureTransform Transform(IReadOnlyList<ColumnSpec> columns, string sql) =>
        new() { Columns = columns, Features = [new("x", sql, FeatureKind.Number)], Label = new("y", sql, LearningTask.Regression, []) };

    private byte[] OutputOf(string text, int chunkRows, ScoringFormat format)
    {
        var rows = Prepare(Sizes, "sizes.csv", text, chunkRows);
        using var computer = new FeatureComputer(Sizes);
        var signature = new ModelSignature { Inputs = Sizes.Features, Task = LearningTask.Binary };
        var scored = rows.Chunks.Select((chunk, i) =>
        {
            var path = _folder[$"scored-{i}.parquet"];
            ScoredRows.Write(chunk, signature, 3, [.. computer.ComputeParquet(chunk, [], default).SelectMany(b => ((NumberColumn)b.Features.Columns[0]).Values.ToArray())], format, path, default);
            return path;
        }).ToList();
        var output = _folder["output"];
        Assert.Equal(rows.Rows, ScoredRows.Join(scored, output, format, default));
        return File.ReadAllBytes(output);
    }

    private ScoringRows Prepare(FeatureTransform transform, string name, string text, int chunkRows) => Prepare(transform, name, Encoding.UTF8.GetBytes(text), chunkRows, null);

    private ScoringRows Prepare(FeatureTransform transform, string name, byte[] content, int chunkRows, InputProfile? profile) =>
        Prepare(transform, _folder.Write(name, content), chunkRows, profile);

    private ScoringRows Prepare(FeatureTransform transform, string path, int chunkRows, InputProfile? profile = null) =>
        new ScoringFile(transform, profile).Prepare(new(path, Path.GetFileName(path)), Directory.CreateDirectory(_folder[Path.GetRandomFileName()]).FullName, chunkRows, default);

    private string Parquet(string query)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder["rows.parquet"])} (FORMAT parquet)", default);
        return _folder["rows.parquet"];
    }

    private static string Read(ScoringRows rows) => $"read_parquet({Sql.List(rows.Chunks)})";

    private static List<long> Numbers(ScoringRows rows)
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT __row FROM {Read(rows)}", default).Select(r => r.Long(0))];
    }

    private static List<(long Row, long? Line, string? Column, string? Value, string Reason)> Refused(ScoringRows rows)
    {
        if (rows.RefusedPath is null) return [];
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"FROM read_parquet({Sql.Text(rows.RefusedPath)})", default).Select(r => (r.Long(0), (long?)r[1], (string?)r[2], (string?)r[3], r.Text(4)))];
    }

    private static List<string> ErrorsOf(RawRowsReader reader, string line)
    {
        try
        {
            reader.Read([JsonSerializer.Deserialize<JsonElement>(line)]);
            return [];
        }
        catch (InvalidInstancesException e)
        {
            // A request's errors come in the order of its fields, and what is missing at the end.
            var order = reader.ColumnNames.ToList();
            return [.. e.Errors.OrderBy(x => order.IndexOf(x.Field)).Select(x => $"{x.Field}: {x.Rule}")];
        }
    }
}
