using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.EndToEnd.Tests;

/// <summary>What an auditor does: find out who did what, and prove that nobody changed the record of it.</summary>
public sealed class AuditTests : IDisposable
{
    private const string Pipeline =
        """
        name: tanks
        data:
          columns:
            level: { type: double, max: 100 }
            leaking: { type: bool }
          checks:
            - { check: leakage }
        features:
          label: { name: leak, sql: leaking }
          inputs: { level: {} }
          split: { by: random }
        training:
          search: { trials: 1, parallel: 1, maximize: auc }
          trainers: [ { trainer: xgboost, rounds: 5, max_depth: 2 } ]
        """;

    private readonly string _repository = Directory.CreateTempSubdirectory("mlops-audit-").FullName;

    public AuditTests()
    {
        Directory.CreateDirectory(Path.Combine(_repository, "workflows", "tanks"));
        File.WriteAllText(PipelineFile, Pipeline);
    }

    private string PipelineFile => Path.Combine(_repository, "workflows", "tanks", "pipeline.yaml");

    public void Dispose() => Directory.Delete(_repository, recursive: true);

    [Fact]
    public async Task The_log_tells_who_did_what_and_proves_it_here_and_elsewhere()
    {
        using var installation = new Installation(_repository);
        // The level alone tells the label: the dataset does not pass.
        var rejected = (await installation.RunAsync("run", "tanks", "--auto-approve", "--json", "--data", Rows(i => i % 97, i => i % 97 < 40))).Expect(1).Json;
        Assert.Contains("leakage: no input alone tells leak", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("'level' with AUC 1", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var version = rejected.GetProperty("dataset").GetProperty("version").GetString()!;

        // Rows may hold personal data: who looks is noted.
        var apart = (await installation.RunAsync("datasets", "quarantine", "tanks", version, "--json")).Expect(0).Json;
        Assert.Equal((4, 1), (apart.GetProperty("broken").GetInt64(), apart.GetProperty("unreadable").GetInt64()));
        Assert.Equal("level <= 100", apart.GetProperty("rows")[0].GetProperty("reasons")[0].GetString());
        Assert.Equal("not a number", apart.GetProperty("unreadableRows")[0].GetProperty("value").GetString());
        Assert.Equal("data.read", (await EntriesAsync(installation, "--resource", $"datasets/tanks/{version}", "--take", "1"))[0].GetProperty("action").GetString());

        // A changed pipeline is noticed when its next run starts.
        await File.WriteAllTextAsync(PipelineFile, Pipeline.Replace("leakage }", "leakage, max: 1, maxShared: 1 }", StringComparison.Ordinal));
        (await installation.RunAsync("run", "tanks", "--auto-approve", "--json")).Expect(2);
        await installation.RunAsync("datasets", "revalidate", "tanks", version, "--json");
        (await installation.RunAsync("run", "tanks", "--auto-approve", "--json")).Expect(0);
        var changes = await EntriesAsync(installation, "--what", "pipeline");
        Assert.Equal(["pipeline.changed", "pipeline.added"], changes.Select(c => c.GetProperty("action").GetString()));
        Assert.Equal(changes[1].GetProperty("after").GetString(), changes[0].GetProperty("before").GetString());
        Assert.All(await EntriesAsync(installation, "--who", Environment.UserName), e => Assert.Equal(Environment.UserName, e.GetProperty("actor").GetString()));
        Assert.Empty(await EntriesAsync(installation, "--until", "2001-01-01"));

        var end = (await installation.RunAsync("audit", "verify", "--json")).Expect(0).Json.GetProperty("head");
        await ProveElsewhereAsync(installation);
        (await installation.RunAsync("audit", "verify", "--head", $"{end.GetProperty("sequence")}:{end.GetProperty("hash").GetString()}")).Expect(0);
        Assert.Contains($"the first bad entry is {end.GetProperty("sequence")}", (await installation.RunAsync("audit", "verify", "--head", $"{end.GetProperty("sequence")}:{new string('0', 64)}")).Expect(1).Output, StringComparison.Ordinal);
        (await installation.RunAsync("audit", "verify", "--head", "yesterday")).Expect(2);
    }

    private async Task ProveElsewhereAsync(Installation installation)
    {
        var (file, key) = (Path.Combine(_repository, "audit.jsonl"), Path.Combine(_repository, "audit.pem"));
        (await installation.RunAsync("audit", "export", "--out", file)).Expect(0);
        await File.WriteAllTextAsync(key, (await installation.RunAsync("audit", "key")).Expect(0).Output);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(installation.PathOf("system/audit.key")));

        // Elsewhere: another home, nothing but the file and the key.
        using var elsewhere = new Installation(_repository);
        Assert.True((await elsewhere.RunAsync("audit", "verify", "--file", file, "--key", key, "--json")).Expect(0).Json.GetProperty("log").GetProperty("isIntact").GetBoolean());
        Assert.False(Directory.Exists(elsewhere.PathOf("system")));

        var lines = await File.ReadAllLinesAsync(file);
        var entry = JsonNode.Parse(lines[3])!;
        entry["event"]!["actor"] = "nobody";
        lines[3] = entry.ToJsonString();
        await File.WriteAllTextAsync(file, string.Concat(lines.Select(l => l + "\n")));
        Assert.Contains("the first bad entry is 3", (await elsewhere.RunAsync("audit", "verify", "--file", file, "--key", key)).Expect(1).Output, StringComparison.Ordinal);
        (await elsewhere.RunAsync("audit", "verify", "--file", file + ".not")).Expect(2);
        (await elsewhere.RunAsync("audit", "verify", "--file", file, "--key", file)).Expect(2);
    }

    private static async Task<IReadOnlyList<JsonElement>> EntriesAsync(Installation installation, params string[] filters) =>
        [.. (await installation.RunAsync(["audit", "list", "--json", .. filters])).Expect(0).Json.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("event"))];

    private string Rows(Func<int, int> level, Func<int, bool> leaking)
    {
        var rows = Enumerable.Range(0, 400).Select(i => $"{(i % 100 is 99 ? 1000 : level(i))},{(leaking(i) ? "true" : "false")}");
        var path = Path.Combine(_repository, "rows.csv");
        File.WriteAllText(path, $"level,leaking\n{string.Join('\n', rows)}\nnot a number,true\n");
        return path;
    }
}
