using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Tests.Ingest;

public sealed class DatasetIngestorTests : IDisposable
{
    private static readonly DataSpec s_spec = new()
    {
        Columns = [new() { Name = "id", Type = ColumnType.Int }, new() { Name = "name", Type = ColumnType.String }, new() { Name = "at", Type = ColumnType.Timestamp }],
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IngestResult Ingest(DataSpec spec, params string[] names) =>
        new DatasetIngestor().Ingest([.. names.Select(n => new SourceFile(_folder[n], n))], spec, _folder["out"], default);

    private static List<string> Rows(string path, string order = "")
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({Sql.Text(path)}) {order}", default)
            .Select(r => string.Join('|', Enumerable.Range(0, r.Count).Select(i => r[i] ?? "NULL")))];
    }

    [Theory]
    [InlineData("a.csv", "id,other,name,at\n1,x,\"Smith, \"\"J\"\"\",2001-01-01 10:00:00\n2,y,,2001-01-01T10:00:00+02:00\n")]
    [InlineData("semicolon.csv", "id;other;name;at\n1;x;\"Smith, \"\"J\"\"\";2001-01-01 10:00:00\n2;y;;2001-01-01T10:00:00+02:00\n")]
    [InlineData("tab.tsv", "name\tat\tid\n\"Smith, \"\"J\"\"\"\t2001-01-01 10:00:00\t1\n\t2001-01-01T08:00:00Z\t2\n")]
    [InlineData("crlf.csv", "id,name,at\r\n1,\"Smith, \"\"J\"\"\",2001-01-01 10:00\r\n\r\n2,,2001-01-01 08:00\r\n")]
    [InlineData("marked.csv", "\uFEFFid,name,at\n1,\"Smith, \"\"J\"\"\",2001-01-01 10:00\n2,,2001-01-01 08:00\n")]
    [InlineData("a.json", """[{"id":1,"name":"Smith, \"J\"","at":"2001-01-01T10:00:00Z"},{"id":2.0,"name":null,"at":"2001-01-01T10:00:00+02:00"}]""")]
    [InlineData("marked.json", "\uFEFF" + """[{"id":1,"name":"Smith, \"J\"","at":"2001-01-01T10:00:00Z"},{"id":2,"at":"2001-01-01 08:00"}]""")]
    [InlineData("a.jsonl", "{\"id\":1,\"name\":\"Smith, \\\"J\\\"\",\"at\":\"2001-01-01T10:00:00Z\"}\n\n{\"at\":\"2001-01-01 08:00\",\"id\":2}\n")]
    public void Every_text_format_gives_the_same_rows(string name, string content)
    {
        _folder.Write(name, content);
        var result = Ingest(s_spec, name);
        Assert.Equal(["1|Smith, \"J\"|2001-01-01 10:00:00", "2|NULL|2001-01-01 08:00:00"], Rows(result.DataPath));
        Assert.Equal((2, 0), (result.Rows, result.UnreadableRows));
        Assert.Null(result.RejectsPath);
        Assert.Equal(new DateTime(2001, 1, 1, 8, 0, 0, DateTimeKind.Utc), result.MinTime);
    }

    [Fact]
    public void The_same_rows_are_the_same_version_and_other_rows_another()
    {
        _folder.Write("a.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("b.csv", "at;extra;id;name\n2001-01-01;9;1;x\n");
        _folder.Write("c.csv", "id,name,at\n1,y,2001-01-01\n");
        var first = Ingest(s_spec, "a.csv").Version;
        Assert.Equal(first, Ingest(s_spec, "b.csv").Version);
        Assert.NotEqual(first, Ingest(s_spec, "c.csv").Version);
    }

    [Fact]
    public void Files_follow_one_another_by_name_whatever_their_order_and_format()
    {
        _folder.Write("1.json", """[{"id":1,"name":"a","at":null}]""");
        _folder.Write("2.csv", "id,name,at\n2,b,\n3,c,\n");
        var result = Ingest(s_spec, "2.csv", "1.json");
        Assert.Equal(["1|a|NULL", "2|b|NULL", "3|c|NULL"], Rows(result.DataPath));
        Assert.Equal([("1.json", 1, "json"), ("2.csv", 2, "csv")], result.Files.Select(f => (f.Name, (int)f.Rows, f.Format)));
        Assert.Equal(64, result.Files[0].Sha256.Length);
        Assert.Null(result.MinTime);
    }

    [Fact]
    public void Rows_that_do_not_convert_are_set_apart_with_line_column_and_value()
    {
        _folder.Write("bad.csv", """
            id,name,at
            1,"two
            lines",2001-01-01
            foo,x,2001-01-01
            2,y,01/02/2001
            1.5,z,2001-01-01
            3,too,2001-01-01,many
            4,few
            5,fine,2001-01-01

            """);
        var result = Ingest(s_spec, "bad.csv");
        Assert.Equal(["1|two\nlines|2001-01-01 00:00:00", "5|fine|2001-01-01 00:00:00"], Rows(result.DataPath));
        Assert.Equal(5, result.UnreadableRows);
        Assert.Equal(
            [
                "bad.csv|2|4|id|foo|not a whole number.",
                "bad.csv|3|5|at|01/02/2001|not a time stamp such as 2001-03-02T08:15:00Z.",
                "bad.csv|4|6|id|1.5|not a whole number.",
                "bad.csv|5|7||3,too,2001-01-01,many|Expected Number of Columns: 3 Found: 4",
                "bad.csv|6|8|at|4,few|Expected Number of Columns: 3 Found: 2",
            ],
            Rows(result.RejectsPath!, "ORDER BY \"row\""));
    }

    [Fact]
    public void Under_the_policy_fail_the_first_unreadable_row_is_the_error_and_nothing_is_left()
    {
        _folder.Write("bad.csv", "id,name,at\n1,a,2001-01-01\nfoo,x,2001-01-01\n");
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec with { InvalidRows = InvalidRowPolicy.Fail }, "bad.csv"));
        Assert.Equal(("bad.csv", 3L, "id", "foo"), (error.File, error.Line, error.Column, error.Value));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public void A_missing_column_is_named_with_the_nearest_one()
    {
        _folder.Write("a.csv", "id,nane,at\n1,x,2001-01-01\n");
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "a.csv"));
        Assert.Equal(
            "a.csv: column 'name': the file has no such column; it has 'id', 'nane', 'at'. Did you mean 'nane'? Names are matched exactly.", error.Message);
    }

    [Theory]
    [InlineData("empty.csv", "", "the file is empty.")]
    [InlineData("blank.csv", "\n \n", "the file holds only white space.")]
    [InlineData("header.csv", "id,name,at\n", "the file has no rows.")]
    [InlineData("none.json", "[]", "the file has no rows.")]
    [InlineData("numbers.json", "[1, 2]", "expected records")]
    [InlineData("mixed.json", "[{\"id\":1,\"name\":\"a\",\"at\":null}, 2]", "expected records")]
    [InlineData("broken.json", "[{\"id\":1,\"name\":\"a\",\"at\":null},\n{\"id\":]", "line 2")]
    [InlineData("text.json", "hello", "begins with neither")]
    [InlineData("twice.csv", "id,name,at,id\n1,x,2001-01-01,2\n", "the header names it 2 times.")]
    [InlineData("nothing.csv", "id,name,at\nx,a,b\ny,c,d\n", "none of its 2 rows can be read")]
    public void A_file_without_use_is_refused_by_name(string name, string content, string problem)
    {
        _folder.Write(name, content);
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, name));
        Assert.StartsWith(name + ":", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public void A_byte_that_is_not_utf8_is_named_with_offset_and_line()
    {
        _folder.Write("latin.csv", [.. "id,name,at\n1,Z"u8, 0xFC, .. "rich,2001-01-01\n"u8]);
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "latin.csv"));
        Assert.Contains("byte 0xFC at offset 14 is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Line);
    }

    [Fact]
    public void A_truncated_parquet_file_is_named_as_such()
    {
        var whole = File.ReadAllBytes(RealData.Flights);
        _folder.Write("cut.parquet", whole[..1_000_000]);
        var error = Assert.Throws<DatasetFileException>(() => Ingest(RealData.FlightDelay.Data, "cut.parquet"));
        Assert.Contains("cut off: its 1,000,000 bytes do not end with 'PAR1'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parquet_file_whose_footer_lies_is_refused()
    {
        _folder.Write("lie.parquet", [.. "PAR1"u8, 1, 2, 3, 4, 0xFF, 0xFF, 0, 0, .. "PAR1"u8]);
        Assert.Contains("footer claims 65,535 bytes", Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "lie.parquet")).Message, StringComparison.Ordinal);
        _folder.Write("junk.parquet", [.. "PAR1"u8, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0, 0, 0, .. "PAR1"u8]);
        Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "junk.parquet"));
    }

    // /dev/full answers every write with "no space left"; it is Linux's.
    [Fact]
    public void A_full_disk_is_an_error_of_its_own_and_leaves_nothing()
    {
        _folder.Write("a.csv", "id,name,at\n1,x,2001-01-01\n");
        Directory.CreateDirectory(_folder["out"]);
        File.CreateSymbolicLink(_folder["out/data.parquet.partial"], "/dev/full");
        var error = Assert.Throws<DataStorageException>(() => Ingest(s_spec, "a.csv"));
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Theory]
    [InlineData("SELECT 1::INTEGER AS id, 'x' AS name, TIMESTAMP_MS '2001-01-01 10:00:00' AS at")]
    [InlineData("SELECT 1.0::DOUBLE AS id, 'x' AS name, TIMESTAMPTZ '2001-01-01 12:00:00+02' AS at")]
    [InlineData("SELECT 1::DECIMAL(10,2) AS id, 'x' AS name, '2001-01-01T10:00:00Z' AS at")]
    [InlineData("SELECT '1' AS id, 'x' AS name, TIMESTAMP_NS '2001-01-01 10:00:00' AS at")]
    [InlineData("SELECT 1::UTINYINT AS id, 'x'::ENUM('x', 'y') AS name, TIMESTAMP '2001-01-01 10:00:00' AS at")]
    public void Parquet_types_convert_where_nothing_is_lost(string query)
    {
        WriteParquet("p.parquet", query);
        Assert.Equal(["1|x|2001-01-01 10:00:00"], Rows(Ingest(s_spec, "p.parquet").DataPath));
    }

    [Fact]
    public void A_parquet_column_of_a_type_that_does_not_convert_is_named()
    {
        WriteParquet("p.parquet", "SELECT 1 AS id, 'x' AS name, 12345::BIGINT AS at");
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "p.parquet"));
        Assert.Equal("at", error.Column);
        Assert.Contains("holds BIGINT, which does not convert to timestamp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_of_parquet_outside_of_the_calendar_are_set_apart()
    {
        WriteParquet("p.parquet", "SELECT 1 AS id, 'x' AS name, unnest([TIMESTAMP 'infinity', '10000-01-01', '0044-03-15 (BC)', '2001-01-01', NULL]) AS at");
        Assert.Equal((2, 3), ((int)Ingest(s_spec, "p.parquet").Rows, (int)Ingest(s_spec, "p.parquet").UnreadableRows));
        WriteParquet("d.parquet", "SELECT 1 AS id, 'x' AS name, unnest([DATE '999999-01-01', '2001-01-01']) AS at");
        Assert.Equal(1, Ingest(s_spec, "d.parquet").UnreadableRows);
    }

    [Fact]
    public void Fractions_in_a_whole_number_column_of_parquet_are_set_apart()
    {
        WriteParquet("p.parquet", "SELECT unnest([1.0, 1.5, NULL, 3.0])::DOUBLE AS id, 'x' AS name, DATE '2001-01-01' AS at");
        var result = Ingest(s_spec, "p.parquet");
        Assert.Equal(["1", "NULL", "3"], Rows(result.DataPath).Select(r => r.Split('|')[0]));
        Assert.Equal(["p.parquet|2|NULL|id|1.5|not a whole number."], Rows(result.RejectsPath!));
    }

    [Fact]
    public void Nan_is_missing_and_an_infinity_unreadable()
    {
        var spec = new DataSpec { Columns = [new() { Name = "x", Type = ColumnType.Double }, new() { Name = "y", Type = ColumnType.Int }] };
        _folder.Write("a.csv", "x,y\nnan,1\ninf,2\n-1e3,3\n");
        var result = Ingest(spec, "a.csv");
        Assert.Equal(["NULL|1", "-1000.0|3"], Rows(result.DataPath));
        Assert.Equal(1, result.UnreadableRows);
    }

    [Fact]
    public void Gzip_is_expanded_up_to_its_limit()
    {
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(_folder["a.csv.gz"]), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write("id,name,at\n1,x,2001-01-01\n"u8);
        Assert.Equal(["1|x|2001-01-01 00:00:00"], Rows(Ingest(s_spec, "a.csv.gz").DataPath));

        using (var bomb = new System.IO.Compression.GZipStream(File.Create(_folder["bomb.csv.gz"]), System.IO.Compression.CompressionLevel.Fastest))
            bomb.Write(new byte[10_000_000]);
        var error = Assert.Throws<DatasetFileException>(() => new DatasetIngestor(limits: new() { MaxExpandedBytes = 1_000_000 })
            .Ingest([new(_folder["bomb.csv.gz"], "bomb.csv.gz")], s_spec, _folder["out"], default));
        Assert.Contains("expands to more than 1,000,000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("with space.csv")]
    [InlineData("naïve-日本.csv")]
    [InlineData("glob[1]*?.csv")]
    [InlineData("quote'\".csv")]
    public void Names_with_odd_characters_are_read(string name)
    {
        _folder.Write(name, "id,name,at\n1,x,2001-01-01\n");
        Assert.Equal(1, Ingest(s_spec, name).Rows);
    }

    [Fact]
    public void Columns_with_odd_names_are_read()
    {
        var spec = new DataSpec { Columns = [new() { Name = "a \"b\" 'c', d;", Type = ColumnType.Int }, new() { Name = "ü", Type = ColumnType.Int }] };
        _folder.Write("a.csv", "ü,\"a \"\"b\"\" 'c', d;\",,\n2,1,,\n");
        Assert.Equal(["1|2"], Rows(Ingest(spec, "a.csv").DataPath));
    }

    [Fact]
    public void Five_thousand_columns_are_read_by_the_few_that_count()
    {
        var names = Enumerable.Range(0, 5000).Select(i => $"c{i}");
        _folder.Write("wide.csv", $"{string.Join(',', names)},id,name,at\n{string.Join(',', names)},1,x,2001-01-01\n");
        Assert.Equal(["1|x|2001-01-01 00:00:00"], Rows(Ingest(s_spec, "wide.csv").DataPath));
    }

    [Fact]
    public void A_line_beyond_the_limit_is_refused_by_number()
    {
        _folder.Write("long.csv", $"id,name,at\n1,{new string('x', 5000)},2001-01-01\n2,short,2001-01-01\n");
        var error = Assert.Throws<DatasetFileException>(() =>
            new DatasetIngestor(limits: new() { MaxLineBytes = 2000 }).Ingest([new(_folder["long.csv"], "long.csv")], s_spec, _folder["out"], default));
        Assert.Equal(2, error.Line);
    }

    [Fact]
    public void A_line_of_one_GiB_is_refused_without_being_read_to_its_end()
    {
        using (var file = File.Create(_folder["long.csv.gz"]))
        {
            // What is compressed apart and laid end to end is one text.
            file.Write(Compressed("id,name,at\n1,"));
            var part = Compressed(new string('x', 16 << 20));
            for (var i = 0; i < 64; i++) file.Write(part);
        }

        var before = GC.GetTotalAllocatedBytes();
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "long.csv.gz"));
        Assert.Equal(2, error.Line);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 512 << 20);
        Assert.False(Directory.Exists(_folder["out"]) && Directory.EnumerateFileSystemEntries(_folder["out"]).Any());

        static byte[] Compressed(string text)
        {
            using var target = new MemoryStream();
            using (var gzip = new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionLevel.Fastest)) gzip.Write(System.Text.Encoding.ASCII.GetBytes(text));
            return target.ToArray();
        }
    }

    [Theory]
    [InlineData("id,name,at\n1,x,2001-01-01\n2,y,2001-01-02\n3,z,2001-01-03\n")]
    [InlineData("id,name,at\n1,x,2001-01-01\n9,y,2001-01-02\n")]
    [InlineData("id,name,at\n1,x,2001-01-01\n")]
    [InlineData("another text")]
    [InlineData("")]
    [InlineData(null)]
    public void A_file_that_changes_while_it_is_read_is_refused_and_leaves_nothing(string? later)
    {
        _folder.Write("changing.csv", "id,name,at\n1,x,2001-01-01\n2,y,2001-01-02\n");
        _folder.Write("steady.csv", "id,name,at\n7,x,2001-01-01\n");
        File.SetLastWriteTimeUtc(_folder["changing.csv"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        SourceFile[] files = [new(_folder["changing.csv"], "changing.csv"), new(_folder["steady.csv"], "steady.csv")];

        // Asked once the files were looked at, before their rows are read.
        var error = Assert.Throws<DatasetFileException>(() => new DatasetIngestor().IngestNew(files, Change, s_spec, _folder["out"], default));
        Assert.Equal("changing.csv", error.File);
        Assert.Empty(Directory.Exists(_folder["out"]) ? Directory.EnumerateFileSystemEntries(_folder["out"]) : []);

        bool Change(string sha256)
        {
            if (later is null) File.Delete(_folder["changing.csv"]);
            else File.WriteAllText(_folder["changing.csv"], later);
            return false;
        }
    }

    [Fact]
    public void Lines_up_to_the_limit_are_read_whole()
    {
        _folder.Write("long.csv", $"id,name,at\n1,{new string('x', 1900)},2001-01-01\n2,\"{new string('y', 1000)}\n{new string('y', 900)}\",2001-01-01\n3,z,2001-01-01\n");
        var result = new DatasetIngestor(limits: new() { MaxLineBytes = 2000 }).Ingest([new(_folder["long.csv"], "long.csv")], s_spec, _folder["out"], default);
        Assert.Equal([1900 + 22, 1901 + 22, 1 + 22], Rows(result.DataPath).Select(r => r.Length));
    }

    [Fact]
    public void Two_schemas_in_one_drop_are_refused_by_the_file_that_differs()
    {
        _folder.Write("1.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("2.csv", "number,name,at\n1,x,2001-01-01\n");
        Assert.Equal("2.csv", Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "1.csv", "2.csv")).File);
    }

    [Fact]
    public void The_same_bytes_under_two_names_are_taken_once()
    {
        _folder.Write("a.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("copy of a.csv", "id,name,at\n1,x,2001-01-01\n");
        var result = Ingest(s_spec, "a.csv", "copy of a.csv");
        Assert.Equal([1, 0], result.Files.Select(f => f.Rows));
        Assert.Equal(Ingest(s_spec, "a.csv").Version, result.Version);
    }

    [Fact]
    public void Two_files_may_bear_one_name()
    {
        _folder.Write("1.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("2.csv", "id,name,at\n2,x,2001-01-01\n3,x,2001-01-01\n");
        var result = new DatasetIngestor().Ingest([new(_folder["1.csv"], "x.csv"), new(_folder["2.csv"], "x.csv")], s_spec, _folder["out"], default);
        Assert.Equal([("x.csv", 1), ("x.csv", 2)], result.Files.Select(f => (f.Name, (int)f.Rows)));
    }

    [Fact]
    public void Mixed_types_in_a_column_are_judged_value_by_value()
    {
        _folder.Write("m.json", """[{"id":1,"name":5,"at":"2001-01-01"},{"id":"2","name":{"a":[1]},"at":"2001-01-01"},{"id":true,"name":"x","at":"2001-01-01"}]""");
        var result = Ingest(s_spec, "m.json");
        Assert.Equal(["1|5|2001-01-01 00:00:00", "2|{\"a\":[1]}|2001-01-01 00:00:00"], Rows(result.DataPath));
        Assert.Equal(["m.json|3|NULL|id|true|not a whole number."], Rows(result.RejectsPath!));
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59Z", true)]
    [InlineData("0001-01-01", true)]
    [InlineData("2001-02-29", false)]
    [InlineData("999999-01-01", false)]
    [InlineData("10000-01-01", false)]
    [InlineData("0001-01-01 (BC)", false)]
    [InlineData("infinity", false)]
    [InlineData(" -infinity", false)]
    [InlineData("-0043-03-15", false)]
    [InlineData("0044-03-15 (BC) 10:00:00", false)]
    public void Dates_are_taken_within_the_calendar(string date, bool taken)
    {
        _folder.Write("d.csv", $"id,name,at\n1,x,{date}\n2,y,2001-01-01\n");
        Assert.Equal(taken ? 0 : 1, Ingest(s_spec, "d.csv").UnreadableRows);
        var days = s_spec with { Columns = [s_spec.Columns[0], s_spec.Columns[1], new() { Name = "at", Type = ColumnType.Date }] };
        Assert.Equal(taken && !date.Contains('T', StringComparison.Ordinal) ? 0 : 1, Ingest(days, "d.csv").UnreadableRows);
    }

    [Fact]
    public void Control_characters_of_a_name_do_not_reach_the_message()
    {
        _folder.Write("evil.csv", "");
        var error = Assert.Throws<DatasetFileException>(() => new DatasetIngestor().Ingest([new(_folder["evil.csv"], "evil\u001b[2J.csv")], s_spec, _folder["out"], default));
        Assert.DoesNotContain('\u001b', error.Message);
        Assert.Equal("evil\u001b[2J.csv", error.File);
    }

    [Theory]
    [InlineData("archive.csv", new byte[] { (byte)'P', (byte)'K', 3, 4, 20 }, "zip archive")]
    [InlineData("data.xz", new byte[] { 0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0 }, "compressed by xz")]
    [InlineData("data.arrow", new byte[] { (byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', 0, 0 }, "Arrow")]
    public void A_format_that_is_not_read_is_told_by_its_name(string name, byte[] content, string what)
    {
        _folder.Write(name, content);
        Assert.Contains(what, Assert.Throws<DatasetFileException>(() => Ingest(s_spec, name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_that_is_damaged_in_the_middle_is_told_by_name_and_the_others_are_not()
    {
        WriteParquet("good.parquet", "SELECT range AS id, 'x' AS name, TIMESTAMP '2001-01-01' AS at FROM range(10)");
        WriteParquet("bad.parquet", "SELECT range AS id, md5(range::VARCHAR) AS name, TIMESTAMP '2001-01-01' AS at FROM range(50_000)");
        var bytes = File.ReadAllBytes(_folder["bad.parquet"]);
        bytes.AsSpan(bytes.Length / 2, 2000).Fill(0xA5);
        _folder.Write("bad.parquet", bytes);
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "good.parquet", "bad.parquet"));
        Assert.Equal(("bad.parquet", 0), (error.File, error.Others.Count));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public void All_files_that_cannot_be_used_are_told_at_once()
    {
        _folder.Write("1.csv", "");
        _folder.Write("2.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("3.csv", "id,name,at\n1,Z\0,2001-01-01\n");
        var error = Assert.Throws<DatasetFileException>(() => Ingest(s_spec, "1.csv", "2.csv", "3.csv"));
        Assert.Equal(["1.csv", "3.csv"], error.Others.Prepend(error).Select(e => e.File));
    }

    [Fact]
    public void More_unreadable_rows_than_may_be_refuse_the_file()
    {
        _folder.Write("a.csv", "id,name,at\n1,x,2001-01-01\n" + string.Concat(Enumerable.Repeat("x,y,2001-01-01\n", 11)));
        _folder.Write("b.csv", "id,name,at\n1,x,2001-01-01\n" + string.Concat(Enumerable.Repeat("1,y,2001-01-01,many\n", 11)));
        foreach (var name in (string[])["a.csv", "b.csv"])
        {
            var error = Assert.Throws<DatasetFileException>(() =>
                new DatasetIngestor(limits: new() { MaxUnreadableRows = 10 }).Ingest([new(_folder[name], name)], s_spec, _folder["out"], default));
            Assert.Contains("more than 10 of its rows cannot be read", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_known_is_left_out_and_named()
    {
        _folder.Write("old.csv", "id,name,at\n1,x,2001-01-01\n");
        _folder.Write("new.csv", "id,name,at\n2,y,2001-01-02\n");
        var known = Ingest(s_spec, "old.csv").Files[0].Sha256;
        SourceFile[] drop = [new(_folder["new.csv"], "new.csv"), new(_folder["old.csv"], "old.csv")];
        var result = new DatasetIngestor().IngestNew(drop, sha => sha == known, s_spec, _folder["out"], default)!;
        Assert.Equal(["old.csv"], result.Known);
        Assert.Equal("new.csv", Assert.Single(result.Files).Name);
        Assert.Equal(["2|y|2001-01-02 00:00:00"], Rows(result.DataPath));
        Assert.Null(new DatasetIngestor().IngestNew([drop[1]], sha => sha == known, s_spec, _folder["nothing"], default));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["nothing"]));
    }

    [Fact]
    public void A_cancelled_ingest_leaves_nothing()
    {
        _folder.Write("a.csv", "id,name,at\n1,x,2001-01-01\n");
        Assert.Throws<OperationCanceledException>(() =>
            new DatasetIngestor().Ingest([new(_folder["a.csv"], "a.csv")], s_spec, _folder["out"], new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    private void WriteParquet(string name, string query)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute($"COPY ({query}) TO {Sql.Text(_folder[name])} (FORMAT parquet)", default);
    }
}
