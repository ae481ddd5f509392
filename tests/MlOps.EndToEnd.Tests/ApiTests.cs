using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>The HTTP API: what each route answers, and what it says to a request that it cannot fulfil.</summary>
public sealed class ApiTests(ApiTests.Prepared prepared) : IClassFixture<ApiTests.Prepared>
{
    private const string GoodRow = """{"age":45,"city":"Mdina"}""";

    /// <summary>Texts that are no name of anything: with what separates keys, paths and queries, and what no file may be called.</summary>
    private static readonly string[] s_oddNames = ["nothing", "a%23b", "a%3Fb", "a%5Cb", "..%2F..%2Fetc", "%0A", "a%20b", "%E6%9D%B1", "%F0%9F%90%A7", "%25", "_", new('x', 600)];

    private Server Server => prepared.Server;

    [Fact]
    public async Task Lists_and_single_things_are_answered()
    {
        Assert.Equal(["again", "asked", "idle", "shop"], (await Server.GetAsync("api/pipelines")).EnumerateArray().Select(p => p.GetString()));
        var run = Assert.Single((await Server.GetAsync("api/runs?pipeline=shop")).GetProperty("items").EnumerateArray()).GetProperty("runId").GetString();
        var details = await Server.GetAsync($"api/runs/{run}");
        Assert.Equal("released", details.GetProperty("status").GetString());
        Assert.Equal("shop", (await Server.GetAsync("api/models?name=shop")).GetProperty("items")[0].GetProperty("name").GetString());
        Assert.Equal("deployed", (await Server.GetAsync("api/models/shop/versions/1")).GetProperty("stage").GetString());
        var version = (await Server.GetAsync("api/datasets?name=shop")).GetProperty("items")[0].GetProperty("version").GetString()!;
        Assert.Equal(version, (await Server.GetAsync($"api/datasets/shop/versions/{version[..8]}")).GetProperty("dataset").GetProperty("version").GetString());
        Assert.Contains("shop", (await Server.GetAsync("api/endpoints")).EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(4, (await Server.GetAsync("api/endpoints/shop")).GetProperty("revision").GetInt32());
        Assert.Equal(run, (await Server.GetAsync($"api/approvals/{run}")).GetProperty("id").GetString());
        Assert.NotEmpty((await Server.GetAsync("api/audit?subject=models/shop/1")).GetProperty("items").EnumerateArray());
        Assert.True((await Server.GetAsync("api/audit/verification")).GetProperty("isIntact").GetBoolean());
        Assert.Equal(JsonValueKind.Array, (await Server.GetAsync("api/runs/unfinished")).GetProperty("runs").ValueKind);
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_of_type_not_found_whatever_its_name()
    {
        foreach (var name in s_oddNames)
        {
            foreach (var path in (string[])[$"api/runs/{name}", $"api/models/{name}/versions/1", $"api/models/shop/versions/{name}", $"api/datasets/{name}/versions/abc",
                $"api/datasets/shop/versions/{name}", $"api/endpoints/{name}", $"api/approvals/{name}", $"api/pipelines/{name}/announcements/x", $"api/pipelines/shop/{name}", $"api/{name}", name])
            {
                // A version's first digits are enough, and these are the first digits of none.
                await IsProblemAsync(HttpMethod.Get, path, null, "not-found", 404);
            }

            await IsProblemAsync(HttpMethod.Post, $"api/pipelines/{name}/runs", "{}", "not-found", 404);
            await IsProblemAsync(HttpMethod.Post, $"api/pipelines/{name}/announcements", """{"files":["a.csv"]}""", "not-found", 404);
            await IsProblemAsync(HttpMethod.Post, $"api/approvals/{name}", """{"decision":"approve"}""", "not-found", 404);
            await IsProblemAsync(HttpMethod.Post, $"api/endpoints/{name}/predict", $$"""{"instances":[{{GoodRow}}]}""", "unknown-endpoint", 404);
        }
    }

    [Theory]
    [InlineData("POST", "api/pipelines/shop/runs", "{", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/runs", """{"autoApprove":"yes"}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/runs", "null", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/runs", "[1]", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/idle/runs", "{}", 409, "no-data")]
    [InlineData("POST", "api/pipelines/shop/announcements", "{}", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":[]}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":[null]}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":["../x.csv"]}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":["a\\b.csv"]}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":[".x.csv"]}""", 400, "bad-request")]
    [InlineData("POST", "api/pipelines/shop/announcements", """{"files":["x.csv","x.csv"]}""", 400, "bad-request")]
    [InlineData("GET", "api/runs?take=0", null, 400, "bad-request")]
    [InlineData("GET", "api/runs?take=1001", null, 400, "bad-request")]
    [InlineData("GET", "api/runs?take=ten", null, 400, "bad-request")]
    [InlineData("GET", "api/runs?continuationToken=nonsense", null, 400, "bad-request")]
    [InlineData("GET", "api/models?take=-1", null, 400, "bad-request")]
    [InlineData("GET", "api/datasets?take=99999999999999", null, 400, "bad-request")]
    [InlineData("GET", "api/audit?take=0", null, 400, "bad-request")]
    [InlineData("GET", "api/audit?continuationToken=nonsense", null, 400, "bad-request")]
    [InlineData("GET", "api/audit/verification?sequence=1", null, 400, "bad-request")]
    [InlineData("DELETE", "api/runs", null, 405, "method-not-allowed")]
    [InlineData("POST", "api/approvals/x", """{"decision":"maybe"}""", 400, "bad-request")]
    [InlineData("POST", "api/approvals/x", "{}", 400, "bad-request")]
    [InlineData("POST", "api/approvals/x", """{"decision":true}""", 400, "bad-request")]
    public async Task A_request_that_cannot_be_fulfilled_is_a_problem_with_a_stable_type(string method, string path, string? body, int status, string type) =>
        await IsProblemAsync(new HttpMethod(method), path, body, type, status);

    [Theory]
    [InlineData("{}", "'instances' is missing")]
    [InlineData("""{"instances":[]}""", "'instances' is missing or empty")]
    [InlineData("""{"instances":[{"age":45,"town":"Mdina"}]}""", "instances[0].town")]
    [InlineData("""{"instances":[{"age":"old","city":"Mdina"}]}""", "instances[0].age")]
    [InlineData("""{"instances":[{"age":45},{"age":[1]}]}""", "instances[1].age")]
    [InlineData("""{"instances":[{"age":45},7]}""", "instances[1]")]
    [InlineData("""{"instances":[null]}""", "instances[0]")]
    public async Task A_prediction_request_that_cannot_be_answered_names_row_field_and_rule(string body, string said)
    {
        var problem = await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", body, "invalid-instances", 400);
        Assert.Contains(said, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"instances":5}""")]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("null")]
    public async Task A_prediction_request_of_another_shape_is_refused(string body) =>
        await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", body, "bad-request", 400);

    [Fact]
    public async Task A_prediction_request_that_is_too_much_is_refused()
    {
        var rows = string.Join(',', Enumerable.Repeat(GoodRow, 10_001));
        var tooMany = await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", $$"""{"instances":[{{rows}}]}""", "invalid-instances", 400);
        Assert.Contains("10001", tooMany.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var deep = new string('[', 2000) + new string(']', 2000);
        await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", $$"""{"instances":[{"age":{{deep}}}]}""", "bad-request", 400);
        await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", $$"""{"instances":[{"city":"{{new string('x', 17 << 20)}}"}]}""", "too-large", 413);
        await IsProblemAsync(HttpMethod.Post, "api/endpoints/shop/predict", $$"""{"instances":[{{GoodRow}}]}""", "unsupported-media-type", 415, "text/plain");
    }

    [Fact]
    public async Task Ten_thousand_rows_are_answered_in_their_order_missing_values_included()
    {
        var rows = Enumerable.Range(0, 10_000).Select(i => i % 3 is 0 ? """{"age":null}""" : i % 3 is 1 ? """{"age":70,"city":"Mdina"}""" : """{"age":20,"city":"nowhere"}""");
        var (status, answer) = await Server.SendAsync(HttpMethod.Post, "api/endpoints/shop/predict", $$"""{"instances":[{{string.Join(',', rows)}}]}""");
        Assert.Equal(200, status);
        var values = answer.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("value").GetBoolean()).ToList();
        Assert.Equal(10_000, values.Count);
        Assert.All(values.Where((_, i) => i % 3 is 1), Assert.True);
        Assert.All(values.Where((_, i) => i % 3 is 2), Assert.False);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var all = (await Server.GetAsync("api/audit?take=1000")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()).ToList();
        Assert.True(all.Count > 5);
        var paged = new List<long>();
        string? token = null;
        do
        {
            var page = await Server.GetAsync($"api/audit?take=4{(token is null ? "" : $"&continuationToken={Uri.EscapeDataString(token)}")}");
            paged.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()));
            token = page.TryGetProperty("continuationToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        Assert.Equal(all, paged[^all.Count..]);

        var first = await Server.GetAsync("api/runs?take=1");
        var rest = await Server.GetAsync($"api/runs?continuationToken={first.GetProperty("continuationToken").GetString()}");
        Assert.DoesNotContain(first.GetProperty("items")[0].ToString(), rest.GetProperty("items").EnumerateArray().Select(r => r.ToString()));
    }

    [Fact]
    public async Task A_decision_is_made_once_by_an_approver_and_with_a_reason_where_it_is_no()
    {
        var run = (await Server.GetAsync("api/runs?pipeline=asked")).GetProperty("items")[0].GetProperty("runId").GetString();
        var path = $"api/approvals/{run}";
        var lead = ("X-MlOps-Actor", "lead@example.com");
        await IsProblemAsync(HttpMethod.Post, path, """{"decision":"reject"}""", "bad-request", 400, headers: lead);
        await IsProblemAsync(HttpMethod.Post, path, """{"decision":"reject","reason":"  "}""", "bad-request", 400, headers: lead);
        var stranger = await IsProblemAsync(HttpMethod.Post, path, """{"decision":"approve"}""", "not-an-approver", 403, headers: ("X-MlOps-Actor", "stranger@example.com"));
        Assert.Contains("lead@example.com", stranger.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("waitingForApproval", (await Server.GetAsync($"api/runs/{run}")).GetProperty("status").GetString());

        var (status, _) = await Server.SendAsync(HttpMethod.Post, path, """{"decision":"reject","reason":"Too few visits."}""", headers: lead);
        Assert.Equal(200, status);
        await IsProblemAsync(HttpMethod.Post, path, """{"decision":"approve"}""", "already-decided", 409, headers: lead);
        var rejected = await Server.EndOfRunAsync("asked");
        Assert.Equal("rejected", rejected.GetProperty("status").GetString());
        Assert.Contains("Too few visits.", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("rejected", (await Server.GetAsync("api/models/asked/versions/1")).GetProperty("stage").GetString());
        await IsProblemAsync(HttpMethod.Post, "api/endpoints/asked/predict", $$"""{"instances":[{{GoodRow}}]}""", "unknown-endpoint", 404);
    }

    [Fact]
    public async Task A_start_sent_twice_with_one_key_starts_once()
    {
        var key = ("Idempotency-Key", "retry/1 #?");
        var body = """{"reason":"Because."}""";
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Server.SendAsync(HttpMethod.Post, "api/pipelines/again/runs", body, headers: key)));
        Assert.All(answers, a => Assert.Equal(202, a.Status));
        var run = Assert.Single(answers.Select(a => a.Body.GetProperty("run").GetString()).Distinct());
        Assert.Equal(2, (await Server.GetAsync("api/runs?pipeline=again")).GetProperty("items").GetArrayLength());

        await Server.WaitForRunAsync("again", "", "released", "rejected", "failed");
        var (_, later) = await Server.SendAsync(HttpMethod.Post, "api/pipelines/again/runs", body, headers: key);
        Assert.Equal(run, later.GetProperty("run").GetString());
        await IsProblemAsync(HttpMethod.Post, "api/pipelines/again/runs", """{"reason":"Another one."}""", "idempotency-key-reused", 422, headers: key);
        await IsProblemAsync(HttpMethod.Post, "api/pipelines/again/runs", body, "bad-request", 400, headers: ("Idempotency-Key", new string('k', 256)));
        Assert.Equal(2, (await Server.GetAsync("api/runs?pipeline=again")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_api_describes_itself()
    {
        var description = await Server.GetAsync("openapi/v1.json");
        Assert.StartsWith("3.", description.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(description.GetProperty("info").GetProperty("title").GetString()!);
        var paths = description.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        Assert.All(
            ["/api/runs", "/api/runs/{id}", "/api/runs/unfinished", "/api/models", "/api/models/{name}/versions/{version}", "/api/datasets", "/api/datasets/{name}/versions/{version}",
                "/api/endpoints", "/api/endpoints/{name}", "/api/endpoints/{name}/predict", "/api/endpoints/{name}/variants/{variant}/predict", "/api/endpoints/{name}/metrics", "/api/approvals", "/api/approvals/{id}", "/api/audit", "/api/audit/verification",
                "/api/pipelines", "/api/pipelines/{name}/runs", "/api/pipelines/{name}/announcements", "/api/pipelines/{name}/announcements/{id}"],
            path => Assert.Contains(path, paths));
        ReferencesLeadSomewhere(description, description);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("127.0.0.1.example.com")]
    [InlineData("192.168.0.1")]
    public async Task A_request_to_a_host_of_another_name_is_refused(string host)
    {
        // As a web page does whose name was made to lead to this machine.
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/runs") { Headers = { Host = host } };
        using var response = await Server.Http.SendAsync(request);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.DoesNotContain("shop", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static void ReferencesLeadSomewhere(JsonElement root, JsonElement node)
    {
        if (node.ValueKind is JsonValueKind.Array)
        {
            foreach (var item in node.EnumerateArray()) ReferencesLeadSomewhere(root, item);
        }
        else if (node.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in node.EnumerateObject())
            {
                if (property.Name is "$ref" && property.Value.GetString() is ['#', ..] reference)
                    Assert.Equal(JsonValueKind.Object, reference[2..].Split('/').Aggregate(root, (at, step) => at.GetProperty(step)).ValueKind);
                else ReferencesLeadSomewhere(root, property.Value);
            }
        }
    }

    private async Task<JsonElement> IsProblemAsync(
        HttpMethod method, string path, string? body, string type, int status, string contentType = "application/json", params (string, string)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, contentType);
        // What is refused by its length alone is not worth sending.
        request.Headers.ExpectContinue = body?.Length > 1 << 20;
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Server.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var shown = $"{method} {path[..Math.Min(path.Length, 200)]}: {(int)response.StatusCode} {text}";
        Assert.True(status == (int)response.StatusCode, shown);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        CommandOutput.HasNoStackTrace(text);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.True($"urn:mlops:{type}" == problem.GetProperty("type").GetString(), shown);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }

    /// <summary>One pipeline that has released, one that waits for approval, one without data.</summary>
    public sealed class Prepared : IAsyncLifetime
    {
        private Workflows Workflows { get; } = new();

        private Installation Installation { get; set; } = null!;

        internal Server Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Workflows.WriteShop("shop");
            Workflows.WriteShop("asked", "approval: { approvers: [lead@example.com], timeout: 72h, onTimeout: reject }");
            Workflows.WriteShop("again");
            Workflows.WriteShop("idle");
            Installation = new Installation(Workflows.Root);
            foreach (var pipeline in (string[])["shop", "asked", "again"]) Installation.Drop(pipeline, "visits.csv", EndToEnd.Tests.Workflows.Visits());
            Server = await Server.StartAsync(Installation);
            await Server.EndOfRunAsync("shop");
            await Server.EndOfRunAsync("again");
            await Server.WaitForRunAsync("asked", "", "waitingForApproval");
        }

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
