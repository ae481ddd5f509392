using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Staging;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;

namespace MlOps.Pipelines.Tests.Staging;

/// <summary>What each application test lets pass, and what it does not.</summary>
public sealed class ApplicationTestsTests
{
    [Fact]
    public async Task A_version_that_behaves_passes_every_test()
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        foreach (var test in new IApplicationTest[] { new GoldenTest(), new ContractTest(), new BadInputTest(), new LoadTest(TimeProvider.System) })
        {
            var finding = await test.RunAsync(endpoint.Stage(), default);
            Assert.True(finding.Passed, $"{test.Name}: {finding.Detail}");
        }
    }

    [Theory]
    [InlineData(2f, 5.001f, "a golden row's answer differs by 0.0002 from the evaluation")]
    [InlineData(2f, float.PositiveInfinity, "a golden row's answer differs")]
    public async Task A_golden_row_that_is_answered_otherwise_fails(float first, float second, string detail)
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        endpoint.Script = (_, _) => (200, "application/json", ScriptedEndpoint.Answer(2, first, second));
        var finding = await new GoldenTest().RunAsync(endpoint.Stage(), default);
        Assert.False(finding.Passed);
        Assert.Contains(detail, finding.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"requestId":"r","endpoint":"sizes","variant":"candidate","model":"doubling","version":1,"predictions":[]}""", "names the version that answers")]
    [InlineData("""{"requestId":"r","endpoint":"sizes","variant":"candidate","model":"doubling","version":2,"predictions":[{"value":2,"scores":[2]}]}""", "one prediction a row")]
    [InlineData("""{"requestId":"r","endpoint":"sizes","variant":"candidate","model":"doubling","version":2,"predictions":[{"value":2,"scores":[2,3]},{"value":5,"scores":[5,6]}]}""", "1 scores a row")]
    [InlineData("""{"requestId":"r","endpoint":"sizes","variant":"candidate","model":"doubling","version":2,"predictions":[{"value":"a","scores":[2]},{"value":"b","scores":[5]}]}""", "shape of a regression answer")]
    public async Task An_answer_that_breaks_a_promise_of_the_signature_fails_by_its_name(string answer, string broken)
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        endpoint.Script = (_, _) => (200, "application/json", answer);
        var finding = await new ContractTest().RunAsync(endpoint.Stage(), default);
        Assert.False(finding.Passed);
        Assert.Contains(finding.Cases, c => c.Case == broken && !c.Passed);
    }

    [Theory]
    [InlineData(500, "application/problem+json", """{"title":"x","status":500}""")]
    [InlineData(400, "text/plain", "no")]
    [InlineData(400, "application/problem+json", "not JSON")]
    [InlineData(400, "application/problem+json", "{\"title\":\"x\",\"status\":400,\"detail\":\"Boom\\n\"}\n   at Secret.Place()")]
    [InlineData(200, "application/json", "{}")]
    public async Task A_bad_request_that_is_not_refused_with_a_problem_fails(int status, string contentType, string text)
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        endpoint.Script = (_, body) => body.Length is 0 ? (status, contentType, text) : null;
        var finding = await new BadInputTest().RunAsync(endpoint.Stage(), default);
        Assert.False(finding.Passed);
        Assert.Equal("empty body", Assert.Single(finding.Cases, c => !c.Passed).Case);
    }

    [Fact]
    public async Task A_good_row_that_is_answered_otherwise_after_bad_ones_fails()
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        endpoint.Script = (_, body) => endpoint.Asked > 5 && body == """{"instances":[{"size":1}]}""" ? (200, "application/json", ScriptedEndpoint.Answer(2, 7f)) : null;
        Assert.Equal("a good row afterwards", Assert.Single((await new BadInputTest().RunAsync(endpoint.Stage(), default)).Cases, c => !c.Passed).Case);
    }

    [Fact]
    public async Task A_load_that_fails_now_and_then_or_takes_too_long_fails()
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        endpoint.Script = (_, _) => endpoint.Asked is 7 ? (503, "application/problem+json", "{}") : null;
        var failing = await new LoadTest(TimeProvider.System).RunAsync(endpoint.Stage(new() { Requests = 20, Parallel = 1 }), default);
        Assert.Equal((false, "1 of 20 requests failed, 1 at once; 503: {}"), (failing.Passed, failing.Detail));

        var slow = await new LoadTest(TimeProvider.System).RunAsync(endpoint.Stage(new() { Requests = 20, LatencyP99 = TimeSpan.FromTicks(1) }), default);
        Assert.False(slow.Passed);
        Assert.Contains("more than 0 ms", slow.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_of_late_that_are_answered_today_must_be_answered_by_the_staged_version()
    {
        await using var endpoint = await ScriptedEndpoint.StartAsync();
        using var folder = new TemporaryFolder();
        var blobs = new LocalBlobStore(folder.Path, new LocalBlobStoreOptions(), TimeProvider.System);
        var replay = new ReplayTest(new RecentRequests(blobs));
        Assert.Equal("nobody asked the endpoint of late: nothing to replay", (await replay.RunAsync(endpoint.Stage(), default)).Detail);

        await LogAsync(blobs, 1, 2, 3, 4);
        var same = await replay.RunAsync(endpoint.Stage(), default);
        Assert.True(same.Passed && same.Detail.StartsWith("4 requests of late: 0 answered today are not by the staged version, 100.0", StringComparison.Ordinal), same.Detail);

        endpoint.Script = (variant, body) => (variant, body) switch
        {
            ("candidate", """{"instances":[{"size":3}]}""") => (400, "application/problem+json", "{}"),
            ("candidate", """{"instances":[{"size":4}]}""") => (200, "application/json", ScriptedEndpoint.Answer(2, 9f)),
            _ => null,
        };
        var worse = await replay.RunAsync(endpoint.Stage(), default);
        Assert.False(worse.Passed);
        Assert.Equal(["""{"size":3}""", """{"size":4}"""], worse.Cases.Select(c => c.Case));
        Assert.True((await replay.RunAsync(endpoint.Stage(new() { MaxReplayFailures = 0.25 }), default)).Passed);
        Assert.False((await replay.RunAsync(endpoint.Stage(new() { MaxReplayFailures = 0.25, MinAgreement = 0.6 }), default)).Passed);

        // What today's version refuses as well is nothing that the staged one takes away.
        endpoint.Script = (_, body) => body.Contains(":3}", StringComparison.Ordinal) ? (400, "application/problem+json", "{}") : null;
        Assert.True((await replay.RunAsync(endpoint.Stage(), default)).Passed);
    }

    private static async Task LogAsync(LocalBlobStore blobs, params int[] sizes)
    {
        var lines = sizes.Select(s => $$$"""{"request":"r{{{s}}}","row":0,"logged":"2026-03-02 10:00:00.000000","variant":"champion","model":"doubling","version":1,"status":200,"latency_ms":1,"weight":1,"mirrored":false,"instance":{"size":{{{s}}}},"scores":[{{{2 * s}}}]}""");
        await blobs.TryWriteAsync("predictions/sizes/segments/20260302T100000000-a-000001.jsonl", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), WriteCondition.None, default);
    }
}
