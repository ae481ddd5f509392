using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Tests.Observation;

public sealed class AnsweredRequestTests
{
    [Fact]
    public async Task Every_answered_request_is_told_with_what_was_asked_and_answered()
    {
        var observer = new Collector();
        await using var host = await ServingHost.StartAsync(services => services.AddSingleton<IAnswerObserver>(observer));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1), await host.AddModelAsync(2, "shadow", 0) with { Mirror = 100 });
        await host.FollowsAsync("sizes", 1);
        var (response, body) = await host.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size = 5 }, new { size = 6 } } }, "order-7");
        Assert.Equal("order-7", response.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal("order-7", body.GetProperty("requestId").GetString());

        await Eventually.HoldsAsync(() => observer.Requests.Count is 2, () => string.Join(' ', observer.Requests));
        var (answered, copy) = (observer.Requests.Single(r => !r.Mirrored), observer.Requests.Single(r => r.Mirrored));
        Assert.Equal(("sizes", "champion", "adding", 1, "order-7", 200), (answered.Endpoint, answered.Variant, answered.Model, answered.Version, answered.RequestId, answered.Status));
        Assert.Equal([6f, 7f], answered.Scores.ToArray());
        Assert.Equal([5, 6], answered.Instances.Select(i => i.GetProperty("size").GetInt32()));
        Assert.True(answered.Latency > TimeSpan.Zero && answered.Time > DateTimeOffset.UtcNow - TimeSpan.FromMinutes(5));
        Assert.Equal(("shadow", 2, "order-7"), (copy.Variant, copy.Version, copy.RequestId));
        Assert.Equal([7f, 8f], copy.Scores.ToArray());
        Assert.Equal([6f, 7f], copy.AnsweredScores.ToArray());
    }

    [Fact]
    public async Task A_refused_request_is_told_with_its_reason()
    {
        var observer = new Collector();
        await using var host = await ServingHost.StartAsync(services => services.AddSingleton<IAnswerObserver>(observer));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.FollowsAsync("sizes", 1);
        var (response, problem) = await host.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { sise = 5 } } });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var told = Assert.Single(observer.Requests);
        Assert.Equal((400, 0), (told.Status, told.Scores.Length));
        Assert.Contains("size", told.Error, StringComparison.Ordinal);
        Assert.Equal(told.RequestId, problem.GetProperty("requestId").GetString());
        var metrics = (await host.MetricsAsync("sizes"))!.Of("champion")!;
        Assert.Equal((1, 1, 0, 0), (metrics.Requests, metrics.Refused, metrics.Errors, metrics.Rows));
    }

    [Fact]
    public async Task The_time_that_a_caller_gives_is_told_whatever_the_protocol()
    {
        var observer = new Collector();
        await using var host = await ServingHost.StartAsync(services => services.AddSingleton<IAnswerObserver>(observer));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.FollowsAsync("sizes", 1);
        await host.PostAsync("api/endpoints/sizes/predict", new { time = "2001-03-02T08:15:00+01:00", instances = new[] { new { size = 5 } } });
        var input = new { name = "size", shape = new[] { 1 }, datatype = "FP64", data = new[] { 5 } };
        await host.PostAsync("v2/models/sizes/infer", new { parameters = new { time = "2001-03-02T07:15:00Z" }, inputs = new[] { input } });
        Assert.Equal(2, observer.Requests.Count);
        Assert.All(observer.Requests, r => Assert.Equal(new DateTimeOffset(2001, 3, 2, 7, 15, 0, TimeSpan.Zero), r.EventTime));

        var (response, problem) = await host.PostAsync("v2/models/sizes/infer", new { parameters = new { time = "2001-03-02" }, inputs = new[] { input } });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("parameter 'time'", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_observer_that_throws_harms_neither_the_answer_nor_the_others()
    {
        var observer = new Collector();
        await using var host = await ServingHost.StartAsync(services =>
            services.AddSingleton<IAnswerObserver, Thrower>().AddSingleton<IAnswerObserver>(observer));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        Assert.NotEmpty(observer.Requests);
        await host.WarnsAsync(nameof(Thrower));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("x<script>")]
    public async Task An_id_that_is_none_is_replaced(string id)
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        var (_, first) = await host.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size = 5 } } }, id);
        var (_, second) = await host.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size = 5 } } });
        var (a, b) = (first.GetProperty("requestId").GetString()!, second.GetProperty("requestId").GetString()!);
        Assert.True(a != id && a != b && a.Length is 32, $"{a} {b}");
    }

    [Fact]
    public async Task Metrics_are_of_a_window_that_can_be()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.FollowsAsync("sizes", 1);
        foreach (var seconds in (string[])["0", "3601", "x"])
            Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync($"api/endpoints/sizes/metrics?seconds={seconds}")).StatusCode);
        using var unknown = await host.Http.GetAsync("api/endpoints/other/metrics");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("urn:mlops:unknown-endpoint", JsonSerializer.Deserialize<JsonElement>(await unknown.Content.ReadAsStringAsync()).GetProperty("type").GetString());
    }

    private sealed class Collector : IAnswerObserver
    {
        public ConcurrentQueue<AnsweredRequest> Requests { get; } = new();

        public void Observe(AnsweredRequest request) => Requests.Enqueue(request);
    }

    private sealed class Thrower : IAnswerObserver
    {
        public void Observe(AnsweredRequest request) => throw new InvalidOperationException("A test's observer.");
    }
}
