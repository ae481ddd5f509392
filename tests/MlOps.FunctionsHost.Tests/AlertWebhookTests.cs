using System.Text;
using System.Text.Json;
using MlOps.FunctionsHost.Triggers;

namespace MlOps.FunctionsHost.Tests;

/// <summary>Alerts of others: documents as Azure sends them, through the host's front.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class AlertWebhookTests(PublishedControlPlane published) : IAsyncLifetime
{
    private const string Path = $"/api/webhooks/alerts/penguins?code={HttpProxy.FunctionKey}";

    private const string Common = """
        {"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertId":"/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a1","alertRule":"slow answers",
        "severity":"Sev1","signalType":"Metric","monitorCondition":"Fired","monitoringService":"Platform","firedDateTime":"2026-03-01T06:00:00.123Z","description":"P99 above 20 ms",
        "essentialsVersion":"1.0","alertContextVersion":"1.0"},"alertContext":{"conditionType":"SingleResourceMultipleMetricCriteria"}}}
        """;

    private Deployment _deployment = null!;

    // Signed in or not makes no difference here: a key does.
    public async Task InitializeAsync() => _deployment = await Deployment.StartAsync(
        published.App, settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["Authentication__TrustClientPrincipal"] = "true" });

    public Task DisposeAsync() => _deployment.DisposeAsync().AsTask();

    [Fact]
    public async Task A_common_alert_is_taken_in_once_and_audited()
    {
        Assert.Equal("""{"received":1,"new":1}""", (await SendAsync(Common)).Body.GetRawText());
        Assert.Equal("""{"received":1,"new":0}""", (await SendAsync(Common)).Body.GetRawText());
        Assert.Equal(200, (await SendAsync(Common.Replace("\"Fired\"", "\"Resolved\"", StringComparison.Ordinal))).Status);
        var signedIn = Convert.ToBase64String("""{"name_typ":"name","claims":[{"typ":"name","val":"Ada"}]}"""u8);
        var audit = (await _deployment.SendAsync(HttpMethod.Get, "/api/audit", headers: [("X-MS-CLIENT-PRINCIPAL", signedIn)])).Body.ToString();
        Assert.Contains("slow answers: P99 above 20 ms", audit, StringComparison.Ordinal);
        Assert.Contains("alert.resolved", audit, StringComparison.Ordinal);
        Assert.Single(audit.Split("alert.received").Skip(1));
    }

    [Fact]
    public async Task Event_Grid_shakes_hands_and_sends_events()
    {
        var (status, body) = await SendAsync(
            """[{"id":"1","topic":"t","subject":"","data":{"validationCode":"512d38b6","validationUrl":"https://rp.example/validate"},"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2026-03-01T06:00:00Z","metadataVersion":"1","dataVersion":"1"}]""");
        Assert.Equal((200, """{"validationResponse":"512d38b6"}"""), (status, body.GetRawText()));
        var one = $$$"""{"id":"2","topic":"t","subject":"alerts/1","data":{{{Common}}},"eventType":"Contoso.Alert","eventTime":"2026-03-01T06:00:00Z","dataVersion":"1"}""";
        var two = """{"id":"3","topic":"t","subject":"alerts/2","data":{"severity":"Sev0"},"eventType":"Contoso.Alert","eventTime":"2026-03-01T06:00:00Z","dataVersion":"1"}""";
        Assert.Equal("""{"received":2,"new":2}""", (await SendAsync($"[{one},{two}]")).Body.GetRawText());
    }

    [Fact]
    public async Task CloudEvents_shake_hands_and_are_taken_in()
    {
        using var question = new HttpRequestMessage(HttpMethod.Options, new Uri(Path, UriKind.Relative));
        question.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var consent = await _deployment.Host.SendAsync(question, CancellationToken.None);
        Assert.Equal("eventgrid.azure.net", Assert.Single(consent.Headers.GetValues("WebHook-Allowed-Origin")));
        Assert.Equal("""{"received":1,"new":1}""", (await SendAsync(
            """{"specversion":"1.0","id":"9","type":"org.example.alert","source":"/monitors/x","time":"2026-03-01T06:00:00Z","data":{"description":"Too many errors"}}""")).Body.GetRawText());
    }

    [Fact]
    public async Task CloudEvents_come_in_binary_mode_structured_or_as_a_batch_and_are_the_same_alerts()
    {
        (string, string)[] headers = [("ce-specversion", "1.0"), ("ce-id", "10"), ("ce-type", "org.example.alert"), ("ce-source", "/monitors/x"), ("ce-time", "2026-03-01T06:00:00Z"), ("ce-subject", "Euro%20%E2%82%AC")];
        Assert.Equal("""{"received":1,"new":1}""", (await SendAsync("""{"severity":"Sev0","description":"Too many errors"}""", contentType: "application/json", headers: headers)).Body.GetRawText());
        const string structured = """{"specversion":"1.0","id":"10","type":"org.example.alert","source":"/monitors/x","time":"2026-03-01T06:00:00Z"}""";
        Assert.Equal("""{"received":1,"new":0}""", (await SendAsync(structured, contentType: "application/cloudevents+json")).Body.GetRawText());
        var other = structured.Replace("/monitors/x", "/monitors/y", StringComparison.Ordinal);
        Assert.Equal("""{"received":2,"new":1}""", (await SendAsync($"[{structured},{other}]", contentType: "application/cloudevents-batch+json")).Body.GetRawText());
        Assert.Equal("""{"received":0,"new":0}""", (await SendAsync("[]", contentType: "application/cloudevents-batch+json")).Body.GetRawText());
        // A common alert may be the data of any of them.
        Assert.Equal("""{"received":1,"new":1}""", (await SendAsync(Common, contentType: "application/json", headers: headers)).Body.GetRawText());

        foreach (var (body, contentType, sent, status, reason) in new[]
        {
            ("{}", "application/json", headers[1..], 400, "header 'ce-specversion' is missing"),
            ("{}", "application/json", [.. headers[..^1], ("ce-subject", "100%")], 400, "header 'ce-subject' is '100%'"),
            ("{", "application/json", headers, 400, "the body is no JSON"),
            ("{}", "application/json", [.. headers.Where(h => h.Item1 is not "ce-time")], 400, "header 'ce-time'"),
            ($"[{structured}]", "application/cloudevents+json", [], 400, "A batch is sent as application/cloudevents-batch+json"),
            ($$"""[{{structured}},{"specversion":"1.0"}]""", "application/cloudevents-batch+json", [], 400, "event 2: 'id' is missing"),
            ("", "application/cloudevents+avro", [], 415, "application/cloudevents+avro"),
        })
        {
            var (answered, problem) = await SendAsync(body, contentType: contentType, headers: sent);
            Assert.Equal(status, answered);
            Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("no json", "no JSON")]
    [InlineData("{}", "neither of the common alert schema")]
    [InlineData("""{"schemaId":"azureMonitorCommonAlertSchema","data":{}}""", "'data.essentials' is missing")]
    [InlineData("""{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertId":"a","alertRule":"r","monitorCondition":"Maybe"}}}""", "'monitorCondition' is 'Maybe'")]
    [InlineData("""{"eventType":"x","id":"1","eventTime":"soon"}""", "'eventTime' is 'soon'")]
    [InlineData("[1]", "neither of the common alert schema")]
    public async Task What_is_no_alert_is_refused_with_a_reason(string body, string reason)
    {
        var (status, problem) = await SendAsync(body);
        Assert.Equal(400, status);
        Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_key_or_for_no_pipeline_nothing_is_taken()
    {
        Assert.Equal(401, (await SendAsync(Common, "/api/webhooks/alerts/penguins")).Status);
        Assert.Equal(401, (await SendAsync(Common, "/API/webhooks/Alerts/penguins/")).Status);
        Assert.Equal(404, (await SendAsync(Common, $"/api/webhooks/alerts/nothing?code={HttpProxy.FunctionKey}")).Status);
        Assert.Equal(400, (await SendAsync(Common, Path + "&monitor=weather")).Status);
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(string body, string path = Path, string contentType = "text/plain", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, contentType) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await _deployment.Host.SendAsync(request, CancellationToken.None);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length is 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }
}
