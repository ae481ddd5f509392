using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Models;

namespace MlOps.Serving.Tests.Prediction;

/// <summary>What callers send by mistake or malice: a problem that names the field and the rule, and never a changed answer for anybody else.</summary>
public sealed class BadInputTests(BadInputTests.Host shared) : IClassFixture<BadInputTests.Host>
{
    [Theory]
    [InlineData("""{"instances":[{"size":1},{"sise":1}]}""", "instances[1].sise", "Did you mean 'size'?")]
    [InlineData("""{"instances":[{"size":1,"colour":"red"}]}""", "instances[0].colour", "the model has no such column.")]
    [InlineData("""{"instances":[{"size":"one"}]}""", "instances[0].size = \"one\"", "a number is expected.")]
    [InlineData("""{"instances":[{"size":"NaN"}]}""", "instances[0].size = \"NaN\"", "a number is expected.")]
    [InlineData("""{"instances":[{"size":1e999}]}""", "instances[0].size = 1e999", "a number is expected.")]
    [InlineData("""{"instances":[{"size":true}]}""", "instances[0].size", "a number is expected.")]
    [InlineData("""{"instances":[{"size":{"of":1}}]}""", "instances[0].size = {…}", "a number is expected.")]
    [InlineData("""{"instances":[{"size":[1,2]}]}""", "instances[0].size = […]", "a number is expected.")]
    [InlineData("""{"instances":[{"size":1,"size":2}]}""", "instances[0].size = 2", "given twice")]
    [InlineData("""{"instances":[{"size":2e6}]}""", "instances[0].size = 2e6", "a number of at most 1000000 is expected.")]
    [InlineData("""{"instances":[7]}""", "instances[0] = 7", "an object with the columns as fields")]
    [InlineData("""{"instances":[[1]]}""", "instances[0]", "an object with the columns as fields")]
    public async Task A_row_that_cannot_be_answered_is_named_with_field_value_and_rule(string body, string place, string rule)
    {
        var problem = await shared.RefusesAsync(body, 400, "invalid-instances");
        Assert.Contains(place, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(rule, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(problem.GetProperty("errors").EnumerateArray());
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"instances":[{"size":NaN}]}""")]
    [InlineData("""{"instances":[{"size":1}""")]
    [InlineData("""{"instances":[{"size":1}],}""")]
    [InlineData("""{"instances":{"size":1}}""")]
    public async Task A_body_that_is_no_request_is_refused(string body) => await shared.RefusesAsync(body, 400, "bad-request");

    [Fact]
    public async Task A_deep_body_is_refused() =>
        await shared.RefusesAsync($$"""{"instances":[{"size":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}]}""", 400, "bad-request");

    [Fact]
    public async Task An_absent_or_null_value_is_missing()
    {
        using var response = await shared.PostAsync("""{"instances":[{"size":null},{}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_million_rows_are_refused_with_their_number_or_for_their_size()
    {
        var rows = string.Join(',', Enumerable.Repeat("{}", 1_000_000));
        var problem = await shared.RefusesAsync($$"""{"instances":[{{rows}}]}""", 400, "invalid-instances");
        Assert.Contains("1000000 rows were sent, at most 10000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await shared.RefusesAsync($$"""{"instances":[{{rows.Replace("{}", "{\"size\":123456789}", StringComparison.Ordinal)}}]}""", 413, "too-large");
    }

    [Fact]
    public async Task An_oversized_value_is_refused_and_told_in_short()
    {
        var problem = await shared.RefusesAsync($$"""{"instances":[{"size":"{{new string('x', 1 << 20)}}"}]}""", 400, "invalid-instances");
        Assert.InRange(problem.GetRawText().Length, 1, 2000);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task A_body_said_to_be_something_else_is_refused(string? type) =>
        await shared.RefusesAsync("""{"instances":[{"size":1}]}""", 415, "unsupported-media-type", type);

    [Fact]
    public async Task Unknown_names_are_told_those_there_are()
    {
        var endpoint = await shared.RefusesAsync("""{"instances":[{"size":1}]}""", 404, "unknown-endpoint", path: "api/endpoints/size/predict");
        Assert.Contains("sizes", endpoint.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await shared.RefusesAsync("""{"instances":[{"size":1}]}""", 404, "unknown-variant", path: "api/endpoints/sizes/variants/none/predict");
    }

    [Fact]
    public async Task Rows_that_training_has_seen_nothing_like_are_answered_with_a_warning()
    {
        using var response = await shared.PostAsync("""{"instances":[{"size":50},{"size":500}]}""");
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(501, answer.GetProperty("predictions")[1].GetProperty("value").GetDouble());
        var warning = Assert.Single(answer.GetProperty("warnings").EnumerateArray());
        Assert.Equal((1, "size", "500"), (warning.GetProperty("row").GetInt32(), warning.GetProperty("field").GetString(), warning.GetProperty("value").GetString()));
        Assert.Contains("from 0 to 100", warning.GetProperty("rule").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Good_requests_beside_bad_ones_get_the_answers_they_always_get()
    {
        string[] bad = ["""{"instances":[{"size":"x"}]}""", """{"instances":[{"sise":1}]}""", "{", """{"instances":[]}"""];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                if (client % 2 is 0)
                {
                    using var refused = await shared.PostAsync(bad[i % bad.Length]);
                    Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
                    continue;
                }

                using var response = await shared.PostAsync($$"""{"instances":[{"size":{{client}}},{"size":{{i}}}]}""");
                var predictions = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("predictions");
                Assert.Equal((client + 1, i + 1), (predictions[0].GetProperty("value").GetDouble(), predictions[1].GetProperty("value").GetDouble()));
            }
        })));
    }

    [Fact]
    public async Task A_request_that_waits_too_long_is_told_so()
    {
        await using var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.RequestTimeout = TimeSpan.FromMilliseconds(1)));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.FollowsAsync("sizes", 1);
        var rows = Enumerable.Range(0, 10_000).Select(i => new { size = i }).ToList();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => (int)(await host.PostAsync("api/endpoints/sizes/predict", new { instances = rows })).Response.StatusCode));
        Assert.Contains(504, statuses);
        Assert.All(statuses, status => Assert.True(status is 200 or 504));
    }

    [Fact]
    public async Task When_too_many_wait_further_ones_are_told_to_come_back()
    {
        await using var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.MaxWaitingRequests = 1));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.FollowsAsync("sizes", 1);
        var rows = Enumerable.Range(0, 10_000).Select(i => new { size = i }).ToList();
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => host.PostAsync("api/endpoints/sizes/predict", new { instances = rows })));
            Assert.All(answers, a => Assert.True((int)a.Response.StatusCode is 200 or 503));
            if (answers.FirstOrDefault(a => (int)a.Response.StatusCode is 503) is not ({ } shed, var problem)) continue;
            Assert.Equal("1", shed.Headers.GetValues("Retry-After").Single());
            Assert.Equal("urn:mlops:overloaded", problem.GetProperty("type").GetString());
            return;
        }

        Assert.Fail("32 requests at once never had to wait");
    }

    /// <summary>One host for the tests that change nothing.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private ServingHost? _host;

        public async Task InitializeAsync()
        {
            _host = await ServingHost.StartAsync();
            var inputs = new InputProfile { Columns = [new() { Name = "size", Min = 0, Max = 100 }] };
            await _host.SwitchAsync("sizes", await _host.AddModelAsync(1, profile: inputs));
            await _host.FollowsAsync("sizes", 1);
        }

        public Task<HttpResponseMessage> PostAsync(string body, string? type = "application/json", string path = "api/endpoints/sizes/predict")
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null) content.Headers.ContentType = new(type);
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            // So that a body that is refused for its size is not sent.
            request.Headers.ExpectContinue = body.Length > 1 << 24;
            return _host!.Http.SendAsync(request);
        }

        public async Task<JsonElement> RefusesAsync(string body, int status, string problemType, string? type = "application/json", string path = "api/endpoints/sizes/predict")
        {
            using var response = await PostAsync(body, type, path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text[..Math.Min(500, text.Length)]}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            var problem = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal($"urn:mlops:{problemType}", problem.GetProperty("type").GetString());
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.NotEmpty(problem.GetProperty("requestId").GetString()!);
            return problem;
        }

        public async Task DisposeAsync() => await _host!.DisposeAsync();
    }
}
