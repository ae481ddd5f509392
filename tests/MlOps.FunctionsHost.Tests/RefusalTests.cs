using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.DurableTask.Protocol;
using MlOps.FunctionsHost.Worker;
using Google.Protobuf;

namespace MlOps.FunctionsHost.Tests;

/// <summary>What the handler makes of what no host should send, of settings that cannot work, and of those outside who would rather be the host.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class RefusalTests(PublishedControlPlane published)
{
    [Fact]
    public async Task A_malformed_invocation_fails_with_a_reason_and_harms_nothing()
    {
        await using var deployment = await Deployment.StartAsync(published.App);
        (string Function, string Body, string Reason)[] cases =
        [
            ("PipelineRun", "no json", "no JSON"),
            ("PipelineRun", "[]", "no object 'Data'"),
            ("PipelineRun", """{"Data":{}}""", "'Data.context' is missing"),
            ("PipelineRun", Turn("%%%"), "no base64 OrchestratorRequest"),
            ("PipelineRun", Turn(Convert.ToBase64String([0xff, 0xff, 0xff])), "no base64 OrchestratorRequest"),
            ("PipelineRun", Turn(new OrchestratorRequest { ExecutionId = "e" }), "has no instanceId"),
            ("PipelineRun", Turn(new OrchestratorRequest { InstanceId = "i" }), "has no ExecutionStarted"),
            ("PipelineRun", Turn(Started("HyperparameterSearch")), "one of orchestrator 'HyperparameterSearch'"),
            ("PipelineRun", Turn(new OrchestratorRequest(Started("PipelineRun")) { RequiresHistoryStreaming = true }), "history to be streamed"),
            ("FinishRun", """{"Data":{"input":"\"abc\""},"Metadata":{"instanceId":"\"i\""}}""", "no call of an orchestrator"),
            ("FinishRun", """{"Data":{"input":{"taskId":1,"key":"k"}},"Metadata":{}}""", "'Metadata.instanceId' is missing"),
            ("BlobArrived", """{"Data":{"event":{"subject":"/x"}},"Metadata":{}}""", "neither 'eventType' nor 'type'"),
            ("BlobArrived", """{"Data":{"event":{"eventType":"Microsoft.Storage.BlobCreated","subject":"/x"}},"Metadata":{}}""", "expected /blobServices/default"),
            ("BlobArrived", """{"Data":{"event":{},"durable":{"rpcBaseUrl":"http://elsewhere.example:4001"}},"Metadata":{}}""", "an address of this machine"),
        ];
        foreach (var (function, body, reason) in cases)
        {
            var refused = await Assert.ThrowsAsync<HandlerFailedException>(() => deployment.Host.Invoker.PostAsync(function, body, CancellationToken.None));
            Assert.Equal(400, refused.Status);
            var problem = JsonSerializer.Deserialize<JsonElement>(refused.Body);
            Assert.Equal("urn:mlops:malformed-invocation", problem.GetProperty("type").GetString());
            Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Body, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await deployment.SendAsync(HttpMethod.Get, "/api/runs")).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_function_is_not_found()
    {
        await using var deployment = await Deployment.StartAsync(published.App);
        foreach (var (function, reason) in ((string, string)[])[("NoSuchThing", "publish both together"), ("Http_api", "enableProxyingHttpRequest")])
        {
            var refused = await Assert.ThrowsAsync<HandlerFailedException>(() => deployment.Host.Invoker.PostAsync(function, """{"Data":{},"Metadata":{}}""", CancellationToken.None));
            Assert.Equal(404, refused.Status);
            Assert.Contains(reason, refused.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_activity_that_fails_answers_with_everything_that_is_known_of_the_failure()
    {
        await using var deployment = await Deployment.StartAsync(published.App);
        var answer = await deployment.Host.Invoker.PostAsync(
            "MakeExampleFiles", """{"Data":{"input":"\"{\\\"taskId\\\":1,\\\"key\\\":\\\"k\\\",\\\"input\\\":\\\"no-such-pipeline\\\"}\""},"Metadata":{"instanceId":"\"i\""}}""", CancellationToken.None);
        var outcome = JsonSerializer.Deserialize<JsonElement>(JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("ReturnValue").GetString()!).GetProperty("failed");
        Assert.Equal("MlOps.DurableTask.NonRetriableTaskException", outcome.GetProperty("errorType").GetString());
        Assert.Contains("no example data", outcome.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.True(outcome.GetProperty("isNonRetriable").GetBoolean());
    }

    [Fact]
    public async Task Requests_from_outside_reach_the_API_and_never_a_function()
    {
        await using var deployment = await Deployment.StartAsync(published.App);
        Assert.Equal(200, (await deployment.SendAsync(HttpMethod.Get, "/api/pipelines")).Status);
        foreach (var function in published.App.Functions)
            foreach (var path in (string[])[$"/{function.Name}", $"/{function.Name}/", $"//{function.Name}", $"/api/../{function.Name}", $"/api/%2e%2e/{function.Name}", $"/api/{function.Name}"])
                Assert.Equal(404, (await deployment.SendAsync(HttpMethod.Post, path, new { Data = new { } })).Status);
    }

    [Fact]
    public async Task Without_sign_in_nobody_is_let_in_where_the_platform_answers_for_callers()
    {
        await using var deployment = await Deployment.StartAsync(
            published.App, settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["Authentication__TrustClientPrincipal"] = "true" });
        foreach (var principal in (string?[])[null, "%%%", Principal("{}"), Principal("""{"claims":[{"typ":"roles","val":"admin"}]}""")])
        {
            var headers = principal is null ? [] : new[] { ("X-MS-CLIENT-PRINCIPAL", principal), ("X-MlOps-Actor", "somebody") };
            Assert.Equal(401, (await deployment.SendAsync(HttpMethod.Get, "/api/runs", headers: headers)).Status);
        }

        var signedIn = Principal("""{"auth_typ":"aad","name_typ":"name","role_typ":"roles","claims":[{"typ":"name","val":"Ada"}]}""");
        Assert.Equal(200, (await deployment.SendAsync(HttpMethod.Get, "/api/runs", headers: [("X-MS-CLIENT-PRINCIPAL", signedIn)])).Status);
        // The host's own calls are nobody's.
        await deployment.Host.FireAsync("Sweep", CancellationToken.None);
    }

    [Fact]
    public async Task Settings_that_cannot_work_are_told_all_at_once()
    {
        var (code, output) = await HandlerProcess.RunToEndAsync(
            published.App,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["FUNCTIONS_CUSTOMHANDLER_PORT"] = "70000",
                ["Storage__Account"] = "No Account",
                ["Storage__Container"] = "UPPER",
                ["Storage__MaxRetries"] = "many",
                ["Storage__RetryDelay"] = "soon",
                ["Authentication__TrustClientPrincipal"] = "perhaps",
                ["Serving__Address"] = "nowhere",
                ["DurableTask__RpcAddress"] = "http://elsewhere.example:4001",
                ["Pipelines__QuietPeriod"] = "soon",
            },
            CancellationToken.None);
        Assert.Equal(2, code);
        Assert.Contains("9 settings need attention", output, StringComparison.Ordinal);
        foreach (var setting in (string[])
            ["FUNCTIONS_CUSTOMHANDLER_PORT is '70000'", "Storage__Account is 'No Account'", "Storage__Container is 'UPPER'",
                "Storage__MaxRetries is 'many': expected a whole number", "Storage__RetryDelay is 'soon': expected hours:minutes:seconds", "Authentication__TrustClientPrincipal is 'perhaps'",
                "Serving__Address is 'nowhere'", "DurableTask__RpcAddress is 'http://elsewhere.example:4001'", "'soon' at 'Pipelines:QuietPeriod'"])
            Assert.Contains(setting, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_settings_are_named()
    {
        var (code, output) = await HandlerProcess.RunToEndAsync(published.App, new Dictionary<string, string>(StringComparer.Ordinal), CancellationToken.None);
        Assert.Equal(2, code);
        Assert.Contains("Storage__Account is missing", output, StringComparison.Ordinal);
        Assert.Contains("Authentication__TrustClientPrincipal is missing", output, StringComparison.Ordinal);
    }

    private static string Principal(string json) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(json));

    private static OrchestratorRequest Started(string name) => new()
    {
        InstanceId = "i",
        NewEvents = { new HistoryEvent { ExecutionStarted = new() { Name = name, OrchestrationInstance = new() { InstanceId = "i" } } } },
    };

    private static string Turn(OrchestratorRequest request) => Turn(Convert.ToBase64String(request.ToByteArray()));

    private static string Turn(string context) =>
        new JsonObject { ["Data"] = new JsonObject { ["context"] = HostValues.Text(context) }, ["Metadata"] = new JsonObject() }.ToJsonString();
}
