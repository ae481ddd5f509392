using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>What bad input gets: a message that says where, what and what to do; nothing lost, nothing blocked, no stack trace.</summary>
public sealed class BadInputTests(BadInputTests.UpAndRunning up) : IClassFixture<BadInputTests.UpAndRunning>
{
    private static readonly string[] s_ended = ["released", "rejected", "failed"];

    private Installation Installation => up.Installation;

    private Server Server => up.Server;

    private Workflows Workflows => up.Workflows;

    [Fact]
    public async Task An_unknown_key_is_told_with_its_place_and_the_nearest_key()
    {
        var path = Workflows.Write("typo", Workflows.Shop("typo").Replace("max_depth", "max_dept", StringComparison.Ordinal));
        var line = 1 + File.ReadAllLines(path).ToList().FindIndex(l => l.Contains("max_dept", StringComparison.Ordinal));

        var told = (await Installation.RunAsync("validate", path)).Expect(2);
        Assert.Contains($"pipeline.yaml:{line}:", told.Errors, StringComparison.Ordinal);
        Assert.Contains("'max_dept'", told.Errors, StringComparison.Ordinal);
        Assert.Contains("'max_depth'", told.Errors, StringComparison.Ordinal);
        Assert.Empty(told.Output);
        CommandOutput.HasNoStackTrace(told.Errors);

        var json = (await Installation.RunAsync("validate", path, "--json")).Expect(2).Json;
        Assert.False(json.GetProperty("valid").GetBoolean());
        Assert.Equal(line, json.GetProperty("problems")[0].GetProperty("line").GetInt32());
        File.Delete(path);
    }

    [Fact]
    public async Task A_wrong_type_is_told_with_its_place_and_what_it_should_be()
    {
        var path = Workflows.Write("wrongtype", Workflows.Shop("wrongtype").Replace("rounds: 5", "rounds: many", StringComparison.Ordinal));
        var line = 1 + File.ReadAllLines(path).ToList().FindIndex(l => l.Contains("rounds", StringComparison.Ordinal));
        var told = (await Installation.RunAsync("validate", path)).Expect(2);
        Assert.Contains($"pipeline.yaml:{line}:", told.Errors, StringComparison.Ordinal);
        Assert.Contains("many", told.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(told.Errors);

        var run = (await Installation.RunAsync("run", "wrongtype", "--json")).Expect(2);
        Assert.Contains($"pipeline.yaml:{line}:", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        File.Delete(path);
    }

    [Fact]
    public async Task A_file_for_a_pipeline_with_a_broken_yaml_waits_until_it_is_mended_and_blocks_nobody()
    {
        Workflows.Write("aaa-broken", Workflows.Shop("aaa-broken") + "\nnonsense: 1\n");
        Installation.Drop("aaa-broken", "visits.csv", Workflows.Visits());
        await AnotherPipelineRunsAsync("beside-broken");
        Assert.True(File.Exists(Installation.PathOf("incoming/aaa-broken/visits.csv")));
        Assert.Equal(0, (await Server.GetAsync("api/runs?pipeline=aaa-broken")).GetProperty("items").GetArrayLength());

        Workflows.WriteShop("aaa-broken");
        Assert.Equal("released", (await Server.EndOfRunAsync("aaa-broken")).GetProperty("status").GetString());
        Assert.False(File.Exists(Installation.PathOf("incoming/aaa-broken/visits.csv")));
    }

    [Fact]
    public async Task A_missing_column_ends_the_command_with_its_name_and_the_file_goes_to_quarantine()
    {
        Workflows.WriteShop("missing-column");
        var file = Path.Combine(Workflows.Root, "no age.csv");
        await File.WriteAllTextAsync(file, "city,bought\nMdina,1\nKraków,0\n");

        var ended = (await Installation.RunAsync("run", "missing-column", "--data", file, "--json")).Expect(1);
        CommandOutput.HasNoStackTrace(ended.Output, ended.Errors);
        Assert.Equal("failed", ended.Json.GetProperty("status").GetString());
        var reason = ended.Json.GetProperty("reason").GetString()!;
        Assert.Contains("no age.csv", reason, StringComparison.Ordinal);
        Assert.Contains("'age'", reason, StringComparison.Ordinal);
        LiesInQuarantine("missing-column", ended.Json, "no age.csv", await File.ReadAllBytesAsync(file), reason);
    }

    public static TheoryData<string, string> UnusableFiles => new()
    {
        { "empty.csv", "empty" },
        { "empty.parquet", "empty" },
        { "truncated.parquet", "parquet" },
        { "latin1.csv", "UTF-8" },
        { "no-rows.csv", "row" },
        { "noise.dat", "UTF-8" },
    };

    [Theory]
    [MemberData(nameof(UnusableFiles))]
    public async Task A_file_that_cannot_be_used_goes_to_quarantine_with_the_reason(string name, string said)
    {
        var pipeline = "unusable-" + name.Replace('.', '-');
        var content = ContentOf(name);
        Workflows.WriteShop(pipeline);
        Installation.Drop(pipeline, name, content);

        var run = await Server.EndOfRunAsync(pipeline);
        Assert.Equal("failed", run.GetProperty("status").GetString());
        var reason = run.GetProperty("reason").GetString()!;
        Assert.Contains(name, reason, StringComparison.Ordinal);
        Assert.Contains(said, reason, StringComparison.OrdinalIgnoreCase);
        CommandOutput.HasNoStackTrace(reason);
        LiesInQuarantine(pipeline, run, name, content, reason);
        Assert.Empty(Directory.GetFiles(Installation.PathOf($"incoming/{pipeline}")));
    }

    [Fact]
    public async Task A_broken_row_is_set_apart_and_counted()
    {
        Workflows.WriteShop("broken-row");
        Installation.Drop("broken-row", "visits.csv", Workflows.Visits() + "forty,Mdina,1\n30,Mdina,1,too,many\n250,Mdina,0\n");

        var run = await Server.EndOfRunAsync("broken-row");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal(400, run.GetProperty("dataset").GetProperty("rows").GetInt64());
        Assert.Equal(3, run.GetProperty("dataset").GetProperty("quarantined").GetInt64());
        var folder = Installation.PathOf($"quarantine/broken-row/{run.GetProperty("run").GetString()}");
        Assert.True(File.Exists(Path.Combine(folder, "rows.parquet")) && File.Exists(Path.Combine(folder, "unreadable.parquet")), string.Join(' ', Directory.GetFiles(folder)));
    }

    [Fact]
    public async Task A_broken_row_stops_a_pipeline_that_wants_none()
    {
        Workflows.WriteShop("strict-row", data: "invalidRows: fail");
        Installation.Drop("strict-row", "visits.csv", Workflows.Visits() + "forty,Mdina,1\n");

        var run = await Server.EndOfRunAsync("strict-row");
        Assert.Contains(run.GetProperty("status").GetString(), (string[])["failed", "rejected"]);
        var reason = run.GetProperty("reason").GetString()!;
        Assert.Contains("402", reason, StringComparison.Ordinal);
        Assert.Contains("age", reason, StringComparison.Ordinal);
        Assert.Contains("forty", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_of_one_class_only_is_told_with_the_label_and_the_class()
    {
        Workflows.WriteShop("one-class");
        var all = string.Join('\n', Workflows.Visits().Split('\n').Where(l => !l.EndsWith(",0", StringComparison.Ordinal)));
        Installation.Drop("one-class", "visits.csv", all);

        var run = await Server.EndOfRunAsync("one-class");
        Assert.Equal("failed", run.GetProperty("status").GetString());
        var reason = run.GetProperty("reason").GetString()!;
        Assert.Contains("features.label", reason, StringComparison.Ordinal);
        Assert.Contains("'true'", reason, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(reason);
    }

    [Fact]
    public async Task Of_a_bad_and_a_good_file_dropped_together_the_good_one_is_used()
    {
        // All are there before anybody takes them.
        Installation.Drop("mixed", "bad.csv", "age,bought\n1,1\n");
        Installation.Drop("mixed", "report.json", "[{\"age\": 1}]");
        Installation.Drop("mixed", "good.csv", Workflows.Visits());
        Workflows.WriteShop("mixed");

        var run = await Server.EndOfRunAsync("mixed");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal(400, run.GetProperty("dataset").GetProperty("rows").GetInt64());
        LiesInQuarantine("mixed", run, "bad.csv", Encoding.UTF8.GetBytes("age,bought\n1,1\n"), "'city'");
        LiesInQuarantine("mixed", run, "report.json", Encoding.UTF8.GetBytes("[{\"age\": 1}]"), "report.json");
    }

    [Fact]
    public async Task Names_with_spaces_and_of_other_scripts_are_taken_and_unfinished_ones_are_not()
    {
        Workflows.WriteShop("names");
        Directory.CreateDirectory(Installation.PathOf("incoming/names"));
        string[] unfinished = [".hidden.csv", "visits.csv.part", "_visits.csv", "visits.tmp"];
        foreach (var name in unfinished) await File.WriteAllTextAsync(Installation.PathOf($"incoming/names/{name}"), Workflows.Visits(50));
        Installation.Drop("names", "März données (1) 🛒.csv", Workflows.Visits());

        var run = await Server.EndOfRunAsync("names");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal(400, run.GetProperty("dataset").GetProperty("rows").GetInt64());
        Assert.All(unfinished, name => Assert.True(File.Exists(Installation.PathOf($"incoming/names/{name}")), name));
        var dataset = await Server.GetAsync($"api/datasets/names/versions/{run.GetProperty("dataset").GetProperty("version").GetString()}");
        Assert.Equal("März données (1) 🛒.csv", dataset.GetProperty("dataset").GetProperty("sources")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_is_no_file_or_has_no_valid_name_is_left_alone_and_holds_nobody_up()
    {
        Workflows.WriteShop("oddities");
        var folder = Directory.CreateDirectory(Installation.PathOf("incoming/oddities")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "a folder.csv"));
        File.CreateSymbolicLink(Path.Combine(folder, "link.csv"), "/etc/passwd");
        File.CreateSymbolicLink(Path.Combine(folder, "dangling.csv"), "/nowhere");
        await File.WriteAllTextAsync(Path.Combine(folder, "back\\slash.csv"), Workflows.Visits(50));
        await File.WriteAllTextAsync(Path.Combine(folder, "new\nline.csv"), Workflows.Visits(50));
        if (OperatingSystem.IsLinux())
        {
            using var fifo = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder, "pipe.csv")]);
            await fifo.WaitForExitAsync();
        }

        Installation.Drop("oddities", "good.csv", Workflows.Visits());
        var run = await Server.EndOfRunAsync("oddities");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal(400, run.GetProperty("dataset").GetProperty("rows").GetInt64());
        Assert.True(File.Exists("/etc/passwd") && new FileInfo(Path.Combine(folder, "link.csv")).LinkTarget is not null);
        Assert.True(File.Exists(Path.Combine(folder, "back\\slash.csv")));
    }

    [Fact]
    public async Task A_file_that_is_being_written_is_not_taken_before_it_is_closed()
    {
        Workflows.WriteShop("slow");
        Directory.CreateDirectory(Installation.PathOf("incoming/slow"));
        var half = Workflows.Visits(200);
        await using (var slow = new StreamWriter(Installation.PathOf("incoming/slow/visits.csv")))
        {
            await slow.WriteAsync(half);
            await slow.FlushAsync();
            // What came later has become a run: the folder was looked at, and was quiet for long enough.
            await AnotherPipelineRunsAsync("beside-slow");
            Assert.Equal(0, (await Server.GetAsync("api/runs?pipeline=slow")).GetProperty("items").GetArrayLength());
            await slow.WriteAsync(Workflows.Visits(200, first: 200)["age,city,bought\n".Length..]);
        }

        var run = await Server.EndOfRunAsync("slow");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal(400, run.GetProperty("dataset").GetProperty("rows").GetInt64());
    }

    [Fact]
    public async Task The_same_file_dropped_twice_is_the_same_dataset_version()
    {
        Workflows.WriteShop("twice");
        Installation.Drop("twice", "visits.csv", Workflows.Visits());
        var first = await Server.EndOfRunAsync("twice");
        Installation.Drop("twice", "visits.csv", Workflows.Visits());
        var second = await Server.EndOfRunAsync("twice", before: first.GetProperty("run").GetString()!);

        Assert.Equal("released", first.GetProperty("status").GetString());
        Assert.Equal("released", second.GetProperty("status").GetString());
        Assert.Equal(first.GetProperty("dataset").GetProperty("version").GetString(), second.GetProperty("dataset").GetProperty("version").GetString());
        Assert.Single(Directory.GetDirectories(Installation.PathOf("datasets/twice")));
        Assert.Equal(2, second.GetProperty("model").GetProperty("version").GetInt32());
    }

    [FactWhereFoldersCanBeMounted]
    public async Task A_full_disk_ends_the_run_with_the_place_and_loses_nothing()
    {
        using var disk = SmallDisk.Mount(24);
        using var workflows = new Workflows();
        workflows.WriteShop("shop");
        using var installation = new Installation(workflows.Root, Path.Combine(disk.Path, "home"));
        var content = Unpackable(60_000);
        using (var server = await Server.StartAsync(installation))
        {
            // All that is left, but for the file and what the control plane itself needs.
            await FillAsync(disk, leave: content.Length + 1_500_000);
            installation.Drop("shop", "visits.csv", content);
            var run = await server.EndOfRunAsync("shop");
            Assert.Equal("failed", run.GetProperty("status").GetString());
            var reason = run.GetProperty("reason").GetString()!;
            Assert.Matches("(?i)disk is full|no space left", reason);
            Assert.Contains(disk.Path, reason, StringComparison.Ordinal);
            CommandOutput.HasNoStackTrace(reason);
            Assert.Equal(content, await File.ReadAllTextAsync(installation.PathOf($"runs/{run.GetProperty("run").GetString()}/source/visits.csv")));

            File.Delete(Path.Combine(disk.Path, "ballast"));
            installation.Drop("shop", "visits.csv", Workflows.Visits());
            var after = await server.EndOfRunAsync("shop", before: run.GetProperty("run").GetString()!);
            Assert.Equal("released", after.GetProperty("status").GetString());
            CommandOutput.HasNoStackTrace((await server.StopAsync()).Expect(0).Errors);
        }
    }

    /// <summary>Visits from towns of such names that nothing makes them smaller.</summary>
    private static string Unpackable(int rows)
    {
        var random = new Random(7);
        var text = new StringBuilder("age,city,bought\n");
        for (var i = 0; i < rows; i++) text.Append("40,").Append(random.GetHexString(100)).Append(i % 2 is 0 ? ",0\n" : ",1\n");
        return text.ToString();
    }

    /// <summary>Fills a disk up to what is to be left.</summary>
    private static async Task FillAsync(SmallDisk disk, long leave)
    {
        var free = new DriveInfo(disk.Path).AvailableFreeSpace - leave;
        await using var ballast = File.Create(Path.Combine(disk.Path, "ballast"));
        var block = new byte[64 * 1024];
        for (var written = 0L; written < free; written += block.Length) await ballast.WriteAsync(block);
    }

    private static byte[] ContentOf(string name) => name switch
    {
        "empty.csv" or "empty.parquet" => [],
        "truncated.parquet" => TruncatedParquet(),
        "latin1.csv" => Encoding.Latin1.GetBytes(Workflows.Visits(30).Replace('ó', 'é')),
        "noise.dat" => Noise(),
        "no-rows.csv" => Encoding.UTF8.GetBytes("age,city,bought\n"),
        _ => Encoding.UTF8.GetBytes(Workflows.Visits(30)),
    };

    private static byte[] Noise()
    {
        var noise = new byte[4096];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private static byte[] TruncatedParquet()
    {
        var start = new byte[20_000];
        using var flights = File.OpenRead(Path.Combine(Repository.Root, "node_modules/vega-datasets/data/flights-3m.parquet"));
        flights.ReadExactly(start);
        return start;
    }

    private async Task AnotherPipelineRunsAsync(string name)
    {
        Workflows.WriteShop(name);
        Installation.Drop(name, "visits.csv", Workflows.Visits());
        await Server.WaitForRunAsync(name, "", [.. s_ended, "running", "queued"]);
    }

    private void LiesInQuarantine(string pipeline, JsonElement run, string name, byte[] content, string reason)
    {
        var folder = Installation.PathOf($"quarantine/{pipeline}/{run.GetProperty("run").GetString()}");
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(folder, "files", name)));
        var report = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(folder, "report.json")));
        var entry = Assert.Single(report.GetProperty("files").EnumerateArray(), f => f.GetProperty("file").GetString() == name);
        Assert.Contains(reason, entry.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(entry.GetProperty("remedy").GetString()!);
    }

    /// <summary>One server for all of them: bad input of one pipeline is no other's trouble.</summary>
    public sealed class UpAndRunning : IAsyncLifetime
    {
        internal Workflows Workflows { get; } = new();

        internal Installation Installation { get; private set; } = null!;

        internal Server Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Installation = new Installation(Workflows.Root);
            Server = await Server.StartAsync(Installation);
        }

        /// <summary>After all that it stops as asked, and no stack trace was logged.</summary>
        public async Task DisposeAsync()
        {
            var ended = await Server.StopAsync();
            Server.Dispose();
            Installation.Dispose();
            Workflows.Dispose();
            CommandOutput.HasNoStackTrace(ended.Expect(0).Errors);
        }
    }
}
