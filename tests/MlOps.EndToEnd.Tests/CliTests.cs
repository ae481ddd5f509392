using System.Diagnostics;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>The command line as people and scripts use it.</summary>
public sealed class CliTests(CliTests.Prepared prepared) : IClassFixture<CliTests.Prepared>
{
    private static readonly string[] s_commands =
        ["run", "resume", "up", "serve", "runs", "models", "datasets", "predict", "approve", "reject", "validate", "version", "test", "bench", "completion"];

    private Installation Installation => prepared.Installation;

    [Fact]
    public async Task Help_lists_every_command_and_each_commands_help_shows_examples()
    {
        var root = (await Installation.RunAsync("--help")).Expect(0).Output;
        Assert.All(s_commands, command => Assert.Contains($"  {command} ", root, StringComparison.Ordinal));
        foreach (var command in s_commands.Except(["version"]))
            Assert.Contains("Examples:", (await Installation.RunAsync(command, "--help")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rnu", "'run'")]
    [InlineData("run shop --autoapprove", "'--auto-approve'")]
    [InlineData("runs shwo x", "'show'")]
    [InlineData("approvals show", "'mlops approvals show --help'")]
    [InlineData("audit list --since yesterday", "'yesterday' is no time")]
    public async Task A_mistyped_word_is_bad_input_and_the_near_one_is_suggested(string line, string suggested)
    {
        var told = (await Installation.RunAsync(line.Split(' '))).Expect(2);
        Assert.Contains(suggested, told.Errors, StringComparison.Ordinal);
        Assert.Empty(told.Output);
    }

    [Theory]
    [InlineData("run nothing")]
    [InlineData("run shop --data /nowhere.csv")]
    [InlineData("run idle")]
    [InlineData("runs show nothing")]
    [InlineData("runs show shop-20010301-081500-ffff")]
    [InlineData("models show shop 99")]
    [InlineData("models show shop many")]
    [InlineData("models show a#b 1")]
    [InlineData("datasets show shop ffffffffffff")]
    [InlineData("predict nothing --instance {}")]
    [InlineData("predict shop --instance {")]
    [InlineData("predict shop --file /nowhere.json")]
    [InlineData("predict shop")]
    [InlineData("approve nothing")]
    [InlineData("reject shop-20010301-081500-ffff")]
    [InlineData("validate /nowhere.yaml")]
    [InlineData("up --port 99999")]
    [InlineData("monitors run shop --from yesterday --to today")]
    [InlineData("alerts silence shop --until tomorrow --reason x")]
    [InlineData("completion fish")]
    public async Task Bad_input_ends_with_2_and_says_why_on_standard_error_only(string line)
    {
        var told = (await Installation.RunAsync(line.Split(' '))).Expect(2);
        Assert.Empty(told.Output);
        Assert.StartsWith("mlops: ", told.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(told.Errors);
    }

    [Fact]
    public async Task An_exported_endpoint_answers_on_its_own()
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("mlops-export-").FullName, "edge");
        var exported = await Json("endpoints", "export", "shop", "--out", folder, "--json");
        Assert.Contains("is not empty", (await Installation.RunAsync("endpoints", "export", "shop", "--out", folder)).Expect(2).Errors, StringComparison.Ordinal);
        using var app = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(exported.GetProperty("start").GetString()!, ["--url", "http://127.0.0.1:0"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        try
        {
            string? line;
            while ((line = await app.StandardError.ReadLineAsync()) is not null && !line.StartsWith("Listening at ", StringComparison.Ordinal))
            {
            }

            using var http = new HttpClient { BaseAddress = new Uri(line!["Listening at ".Length..] + "/") };
            using var body = new StringContent("""{"instances":[{"age":70,"city":"Mdina"}]}""", System.Text.Encoding.UTF8, "application/json");
            using var response = await http.PostAsync("api/endpoints/shop/predict", body);
            Assert.Contains("\"value\":true", await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        finally
        {
            app.Kill(entireProcessTree: true);
            await app.WaitForExitAsync();
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }

    [Fact]
    public async Task What_there_is_can_be_listed_and_shown_for_people_and_as_one_object()
    {
        var version = (await Json("datasets", "--json")).GetProperty("datasets")[0].GetProperty("version").GetString()!;
        var run = (await Json("runs", "--json")).GetProperty("runs").EnumerateArray().First(r => r.GetProperty("pipeline").GetString() == "shop").GetProperty("runId").GetString()!;
        Assert.Equal("released", (await Json("runs", "show", run, "--json")).GetProperty("status").GetString());
        Assert.Equal("deployed", (await Json("models", "--json")).GetProperty("models").EnumerateArray().First(m => m.GetProperty("name").GetString() == "shop").GetProperty("stage").GetString());
        Assert.Equal(run, (await Json("models", "show", "shop", "1", "--json")).GetProperty("runId").GetString());
        Assert.Equal(400, (await Json("datasets", "show", "shop", version[..10], "--json")).GetProperty("dataset").GetProperty("rows").GetInt64());
        Assert.True((await Json("predict", "shop", "--instance", """{"age":70,"city":"Mdina"}""", "--json")).GetProperty("predictions")[0].GetProperty("value").GetBoolean());
        Assert.NotEmpty((await Json("version", "--json")).GetProperty("version").GetString()!);

        Assert.Contains(run, (await Installation.RunAsync("runs")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("ingest", (await Installation.RunAsync("runs", "show", run)).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains(version[..12], (await Installation.RunAsync("datasets")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("Deployed by", (await Installation.RunAsync("models", "show", "shop", "1")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("probability", (await Installation.RunAsync("predict", "shop", "--instance", """{"age":70}""")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_to_predict_may_come_from_a_file()
    {
        var array = Path.Combine(prepared.Workflows.Root, "rows.json");
        var lines = Path.Combine(prepared.Workflows.Root, "rows.jsonl");
        await File.WriteAllTextAsync(array, """[{"age":70},{"age":20}]""");
        await File.WriteAllTextAsync(lines, "{\"age\":70}\n\n{\"age\":20}\n");
        foreach (var file in (string[])[array, lines])
        {
            var values = (await Json("predict", "shop", "--file", file, "--json")).GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("value").GetBoolean());
            Assert.Equal([true, false], values);
        }

        await File.WriteAllTextAsync(lines, "{\"age\":70}\n{\"age\":\n");
        Assert.Contains("rows.jsonl:2", (await Installation.RunAsync("predict", "shop", "--file", lines)).Expect(2).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_waits_ends_with_3_and_a_rejection_with_0()
    {
        var waits = (await Installation.RunAsync("run", "asked", "--data", prepared.Visits, "--json")).Expect(3);
        var run = waits.Json.GetProperty("run").GetString()!;
        Assert.Contains($"./mlops approve {run}", waits.Errors, StringComparison.Ordinal);
        Assert.Contains("--reason", (await Installation.RunAsync("reject", run)).Expect(2).Errors, StringComparison.Ordinal);
        Assert.Equal("rejected", (await Installation.RunAsync("reject", run, "--reason", "A test.", "--json")).Expect(0).Json.GetProperty("status").GetString());
        Assert.Contains("A test.", (await Json("runs", "show", run, "--json")).GetProperty("reason").GetString(), StringComparison.Ordinal);
        (await Installation.RunAsync("approve", run)).Expect(2);
        Assert.Empty((await Installation.RunAsync("resume", "--json")).Expect(0).Json.GetProperty("resumed").EnumerateArray());
    }

    [Fact]
    public async Task Files_of_one_name_are_refused_rather_than_one_lost()
    {
        var other = Directory.CreateDirectory(Path.Combine(prepared.Workflows.Root, "other")).FullName;
        File.Copy(prepared.Visits, Path.Combine(other, "visits.csv"), overwrite: true);
        var told = (await Installation.RunAsync("run", "shop", "--data", prepared.Visits, Path.Combine(other, "visits.csv"))).Expect(2);
        Assert.Contains("'visits.csv' twice", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_commands_at_once_wait_for_each_other()
    {
        var ended = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Installation.RunAsync("runs", "--json")));
        Assert.All(ended, e => Assert.NotEmpty(e.Expect(0).Json.GetProperty("runs").EnumerateArray()));
    }

    [Fact]
    public async Task The_shell_completes_commands_options_and_pipelines()
    {
        Assert.Contains("resume", await SuggestionsAsync("mlops re"));
        Assert.Contains("--auto-approve", await SuggestionsAsync("mlops run shop --"));
        var pipelines = await SuggestionsAsync("mlops run ");
        Assert.All(["shop", "asked", "idle"], name => Assert.Contains(name, pipelines));

        // The script itself, in a shell: mlops stands for how it is started here.
        var script = (await Installation.RunAsync("completion", "bash")).Expect(0).Output;
        var dll = Path.Combine(AppContext.BaseDirectory, "mlops.dll");
        var line = "mlops run sh";
        var shell = new ProcessStartInfo("bash", ["-c", $$"""
            mlops() { dotnet '{{dll}}' "$@"; }
            {{script}}
            COMP_WORDS=(mlops run sh) COMP_CWORD=2 COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            _mlops_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """]) { RedirectStandardOutput = true, UseShellExecute = false };
        shell.Environment["MLOPS_REPOSITORY"] = Installation.RepositoryRoot;
        using var bash = Process.Start(shell)!;
        var completed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.Equal("shop", completed.Trim());
    }

    private async Task<string[]> SuggestionsAsync(string line) =>
        (await Installation.RunAsync($"[suggest:{line.Length}]", line)).Expect(0).Output.Split('\n', StringSplitOptions.TrimEntries);

    private async Task<JsonElement> Json(params string[] arguments)
    {
        var ended = (await Installation.RunAsync(arguments)).Expect(0);
        Assert.Equal(JsonValueKind.Object, ended.Json.ValueKind);
        return ended.Json;
    }

    /// <summary>One pipeline that has released, one that asks, one without data.</summary>
    public sealed class Prepared : IAsyncLifetime
    {
        internal Workflows Workflows { get; } = new();

        internal Installation Installation { get; private set; } = null!;

        internal string Visits => Path.Combine(Workflows.Root, "visits.csv");

        public async Task InitializeAsync()
        {
            Workflows.WriteShop("shop");
            Workflows.WriteShop("asked", "approval: { timeout: 72h, onTimeout: reject }");
            Workflows.WriteShop("idle");
            Installation = new Installation(Workflows.Root);
            await File.WriteAllTextAsync(Visits, Workflows.Visits());
            var ran = (await Installation.RunAsync("run", "shop", "--data", Visits, "--json")).Expect(0);
            Assert.Equal("released", ran.Json.GetProperty("status").GetString());
        }

        public Task DisposeAsync()
        {
            Installation.Dispose();
            Workflows.Dispose();
            return Task.CompletedTask;
        }
    }
}
