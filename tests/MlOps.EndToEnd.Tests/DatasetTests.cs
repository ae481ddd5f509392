using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>Dataset versions as a person works with them, on a pipeline of its own that trains in a second.</summary>
public sealed class DatasetTests : IDisposable
{
    private const string Pipeline =
        """
        # a comment above
        name: tanks
        owner: ops@example.com
        description: Is this tank leaking?

        data:
          columns:
            id: { type: int }
            level: { type: double }
            site: { type: string }
            leaking: { type: bool }
          checks:
            - { check: rows, min: 300 }
            - { check: drift, against: champion, max: 0.3 }

        # a comment below
        features:
          label: { name: leak, sql: leaking }
          inputs: { level: {}, site: {} }
        training:
          search: { trials: 1, parallel: 1, maximize: auc }
          trainers: [ { trainer: xgboost, rounds: 5, max_depth: 2 } ]
        """;

    private readonly string _repository = Directory.CreateTempSubdirectory("mlops-datasets-").FullName;

    public DatasetTests() => WritePipeline(Pipeline);

    private string PipelineFile => Path.Combine(_repository, "workflows", "tanks", "pipeline.yaml");

    public void Dispose() => Directory.Delete(_repository, recursive: true);

    [Fact]
    public async Task Versions_are_described_compared_tagged_rolled_back_and_known_by_their_models()
    {
        using var installation = new Installation(_repository);
        var first = await RunAsync(installation, Rows("january.csv", 400, from: 0), expected: 0);
        var one = VersionOf(first);
        var folder = $"datasets/tanks/{one}";
        Assert.All(["data.parquet", "profile.json", "profile.html", "datasheet.md", "validation.json"], file => Assert.True(File.Exists(installation.PathOf($"{folder}/{file}")), file));
        var sheet = await File.ReadAllTextAsync(installation.PathOf($"{folder}/datasheet.md"));
        Assert.All(["Motivation", "Composition", "Collection", "Preprocessing", "Uses"], section => Assert.Contains($"## {section}\n", sheet, StringComparison.Ordinal));
        Assert.Contains("january.csv", sheet, StringComparison.Ordinal);
        Assert.Contains("nothing is in production yet", Steps(first), StringComparison.OrdinalIgnoreCase);

        // The same bytes under another name, and twice in one drop: no second version, and the run says so.
        File.Copy(Path.Combine(_repository, "january.csv"), Path.Combine(_repository, "copy.csv"));
        var again = await RunAsync(installation, expected: 0, Path.Combine(_repository, "copy.csv"), Path.Combine(_repository, "january.csv"));
        Assert.Equal(one, VersionOf(again));
        Assert.Contains("no new version", Steps(again), StringComparison.Ordinal);
        Assert.Contains("left out, since another file has the same bytes: january.csv", Steps(again), StringComparison.Ordinal);

        var two = VersionOf(await RunAsync(installation, Rows("february.csv", 450, from: 50), expected: 0));
        var diff = await JsonAsync(installation, "diff", "tanks", one, two, "--key", "id");
        Assert.Equal((100, 50, 0), (Number(diff, "added"), Number(diff, "removed"), Number(diff, "changed")));

        await JsonAsync(installation, "tag", "tanks", one[..10], "reviewed");
        var shown = await JsonAsync(installation, "show", "tanks", "reviewed");
        Assert.Equal(one, shown.GetProperty("dataset").GetProperty("version").GetString());
        Assert.Equal([2, 1], shown.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("version").GetInt32()));

        var lineage = await JsonAsync(installation, "lineage", "tanks", two);
        Assert.Equal("february.csv", lineage.GetProperty("datasets")[0].GetProperty("sources")[0].GetProperty("name").GetString());
        var trained = Assert.Single(lineage.GetProperty("models").EnumerateArray());
        Assert.Equal((3, "tanks"), (trained.GetProperty("version").GetInt32(), trained.GetProperty("endpoints")[0].GetProperty("endpoint").GetString()));
        var ancestors = (await installation.RunAsync("models", "lineage", "tanks", "1", "--json")).Expect(0).Json;
        Assert.Equal([one], ancestors.GetProperty("datasets").EnumerateArray().Select(d => d.GetProperty("version").GetString()));
        var examples = ancestors.GetProperty("models")[0].GetProperty("examples");
        Assert.Equal(400, examples.GetProperty("train").GetInt64() + examples.GetProperty("validation").GetInt64() + examples.GetProperty("test").GetInt64());

        var back = await JsonAsync(installation, "rollback", "tanks", "reviewed", "--reason", "February was measured wrong.");
        Assert.Equal([two], back.GetProperty("setAside").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(one, VersionOf(await RunAsync(installation, expected: 0)));
        var log = await JsonAsync(installation, "log", "tanks");
        Assert.Equal([two, one], log.GetProperty("versions").EnumerateArray().Select(v => v.GetProperty("dataset").GetProperty("version").GetString()));

        await JsonAsync(installation, "infer", "tanks", "reviewed");
        var inferred = await File.ReadAllTextAsync(PipelineFile);
        Assert.Equal(
            Pipeline
                .Replace("id: { type: int }", "id: { type: int, required: true, min: 0, max: 600 }", StringComparison.Ordinal)
                .Replace("level: { type: double }", "level: { type: double, required: true, min: 0, max: 150 }", StringComparison.Ordinal)
                .Replace("site: { type: string }", "site: { type: string, required: true, values: [\"north\", \"south\"] }", StringComparison.Ordinal)
                .Replace("leaking: { type: bool }", "leaking: { type: bool, required: true }", StringComparison.Ordinal),
            inferred);
        Assert.Equal("", (await JsonAsync(installation, "infer", "tanks", "reviewed")).GetProperty("diff").GetString());
        (await installation.RunAsync("datasets", "revalidate", "tanks", "reviewed", "--json")).Expect(0);

        Assert.Contains("'nosuch' is not in both versions", (await installation.RunAsync("datasets", "diff", "tanks", one, two, "--key", "nosuch")).Expect(1).Errors, StringComparison.Ordinal);
        await JsonAsync(installation, "untag", "tanks", "reviewed", "--reason", "A mistake.");
        (await installation.RunAsync("datasets", "show", "tanks", "reviewed")).Expect(2);
        (await installation.RunAsync("datasets", "untag", "tanks", "reviewed")).Expect(2);
    }

    [Fact]
    public async Task A_dataset_that_fails_is_trained_on_only_when_a_person_accepts_what_failed()
    {
        using var installation = new Installation(_repository);
        var rejected = await RunAsync(installation, Rows("short.csv", 200, from: 0), expected: 1);
        Assert.Equal("rejected", rejected.GetProperty("status").GetString());
        var version = VersionOf(rejected);
        var report = installation.PathOf($"quarantine/tanks/{rejected.GetProperty("run").GetString()}/validation");
        Assert.Contains("rows &gt;= 300", await File.ReadAllTextAsync(report + ".html"), StringComparison.Ordinal);
        Assert.False(JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(report + ".json")).GetProperty("verdict").GetProperty("passed").GetBoolean());

        Assert.Contains("did not pass", (await installation.RunAsync("datasets", "rollback", "tanks", version, "--reason", "Try.")).Expect(2).Errors, StringComparison.Ordinal);
        (await installation.RunAsync("datasets", "accept", "tanks", version)).Expect(2);
        await JsonAsync(installation, "accept", "tanks", version, "--reason", "A short month.");
        var accepted = await RunAsync(installation, expected: 0);
        Assert.Equal((version, "released"), (VersionOf(accepted), accepted.GetProperty("status").GetString()));

        // The acceptance was of that one check.
        WritePipeline(Pipeline.Replace("{ check: rows, min: 300 }", "{ check: unique, columns: [site] }", StringComparison.Ordinal));
        (await installation.RunAsync("datasets", "revalidate", "tanks", version, "--json")).Expect(1);
        Assert.Contains("nothing to accept", (await AcceptPassedAsync(installation, version)).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_unlike_that_of_the_model_in_production_does_not_pass()
    {
        using var installation = new Installation(_repository);
        await RunAsync(installation, Rows("january.csv", 1500, from: 0), expected: 0);
        var rejected = await RunAsync(installation, Rows("other.csv", 1500, from: 0, shift: 40), expected: 1);
        Assert.Equal("rejected", rejected.GetProperty("status").GetString());
        Assert.Contains("drift against champion <= 0.3", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("level", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    private async Task<CommandResult> AcceptPassedAsync(Installation installation, string version)
    {
        WritePipeline(Pipeline.Replace("min: 300", "min: 100", StringComparison.Ordinal));
        (await installation.RunAsync("datasets", "revalidate", "tanks", version, "--json")).Expect(0);
        return (await installation.RunAsync("datasets", "accept", "tanks", version, "--reason", "Again.")).Expect(2);
    }

    private void WritePipeline(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PipelineFile)!);
        File.WriteAllText(PipelineFile, text);
    }

    private string Rows(string name, int rows, int from, double shift = 0)
    {
        var csv = new StringBuilder("id,level,site,leaking\n");
        foreach (var id in Enumerable.Range(from, rows))
        {
            var level = (id * 37 % 101) + shift;
            csv.Append(CultureInfo.InvariantCulture, $"{id},{level:0.0},{(id % 2 is 0 ? "north" : "south")},{(id * 37 % 101 < 40 ? "true" : "false")}\n");
        }

        var path = Path.Combine(_repository, name);
        File.WriteAllText(path, csv.ToString());
        return path;
    }

    private static Task<JsonElement> RunAsync(Installation installation, string file, int expected) => RunAsync(installation, expected, file);

    private static async Task<JsonElement> RunAsync(Installation installation, int expected, params string[] files) =>
        (await installation.RunAsync(["run", "tanks", "--auto-approve", "--json", .. files.SelectMany(f => (string[])["--data", f])])).Expect(expected).Json;

    private static async Task<JsonElement> JsonAsync(Installation installation, params string[] arguments) =>
        (await installation.RunAsync(["datasets", .. arguments, "--json"])).Expect(0).Json;

    private static string VersionOf(JsonElement run) => run.GetProperty("dataset").GetProperty("version").GetString()!;

    private static string Steps(JsonElement run) => run.GetProperty("steps").GetRawText();

    private static long Number(JsonElement comparison, string name) => comparison.GetProperty("diff").GetProperty(name).GetInt64();
}
