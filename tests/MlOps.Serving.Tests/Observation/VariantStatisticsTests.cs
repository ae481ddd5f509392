using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Tests.Observation;

public class VariantStatisticsTests
{
    private static readonly EndpointVariant s_variant = new("champion", "m", 1, "", 100);
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void Counts_are_those_of_the_window_and_forgotten_after_an_hour()
    {
        var statistics = Statistics(LearningTask.Binary, "false", "true");
        statistics.Add(Answer(0.1f));
        _time.Advance(TimeSpan.FromMinutes(10));
        statistics.Add(Answer(0.9f, 0.7f));
        Assert.Equal((1, 2), Of(TimeSpan.FromMinutes(5)));
        Assert.Equal((2, 3), Of(TimeSpan.FromMinutes(15)));
        _time.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal((1, 2), Of(TimeSpan.FromHours(1)));
        _time.Advance(TimeSpan.FromHours(5));
        statistics.Add(Answer(0.2f));
        Assert.Equal((1, 1), Of(TimeSpan.FromHours(1)));

        (long, long) Of(TimeSpan window) => statistics.Of(s_variant, window) is var m ? (m.Requests, m.Rows) : default;
    }

    [Fact]
    public void Scores_are_counted_in_bins_and_averaged()
    {
        var statistics = Statistics(LearningTask.Binary, "false", "true");
        statistics.Add(Answer(0f, 0.019f, 0.021f, 1f));
        var metrics = statistics.Of(s_variant, TimeSpan.FromMinutes(1));
        Assert.Equal(50, metrics.Scores!.Counts.Count);
        Assert.Equal((2, 1, 1), (metrics.Scores.Counts[0], metrics.Scores.Counts[1], metrics.Scores.Counts[49]));
        Assert.Equal((0 + 0.019 + 0.021 + 1) / 4, metrics.PredictionMean!.Value, 6);
    }

    [Fact]
    public void Classes_are_counted_by_the_likeliest()
    {
        var statistics = Statistics(LearningTask.Multiclass, "a", "b", "c");
        statistics.Add(Answer(0.2f, 0.5f, 0.3f, 0.1f, 0.1f, 0.8f) with { Signature = Signature(LearningTask.Multiclass, "a", "b", "c") });
        var metrics = statistics.Of(s_variant, TimeSpan.FromMinutes(1));
        Assert.Equal(new Dictionary<string, long> { ["a"] = 0, ["b"] = 1, ["c"] = 1 }, metrics.Classes);
        Assert.Equal((0.5 + 0.8) / 2, metrics.PredictionMean!.Value, 6);
    }

    [Fact]
    public void Percentiles_are_within_a_bin_of_the_truth_and_failures_have_no_latency()
    {
        var statistics = Statistics(LearningTask.Binary, "false", "true");
        for (var i = 1; i <= 100; i++) statistics.Add(Answer(0.5f) with { Latency = TimeSpan.FromMilliseconds(i) });
        statistics.Add(Answer() with { Latency = TimeSpan.FromSeconds(9), Status = 500, Error = "broken" });
        statistics.Add(Answer() with { Latency = TimeSpan.FromSeconds(9), Status = 400, Error = "bad" });
        var metrics = statistics.Of(s_variant, TimeSpan.FromMinutes(1));
        Assert.Equal((102, 1, 1, 100), (metrics.Requests, metrics.Errors, metrics.Refused, metrics.Rows));
        Assert.InRange(metrics.LatencyP50!.Value, 45, 55);
        Assert.InRange(metrics.LatencyP99!.Value, 89, 109);
    }

    [Fact]
    public void Without_requests_there_is_nothing_but_zeros()
    {
        var metrics = Statistics(LearningTask.Regression).Of(s_variant, TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0, null, null, null, null), (metrics.Requests, metrics.Rows, metrics.LatencyP50, metrics.PredictionMean, metrics.Scores, metrics.Mirror));
    }

    private VariantStatistics Statistics(LearningTask task, params string[] classes) =>
        new(s_variant, Signature(task, classes), ScoreScale.Of(Signature(task, classes), [[10f], [20f]]), _time);

    private static ModelSignature Signature(LearningTask task, params string[] classes) => new() { Inputs = [], Task = task, Classes = classes };

    private static AnsweredRequest Answer(params float[] scores) => new()
    {
        Endpoint = "e",
        Variant = "champion",
        Model = "m",
        Version = 1,
        Signature = Signature(LearningTask.Binary, "false", "true"),
        RequestId = "r",
        Time = DateTimeOffset.UnixEpoch,
        Latency = TimeSpan.FromMilliseconds(1),
        Instances = [],
        Scores = scores,
        Status = 200,
    };
}
