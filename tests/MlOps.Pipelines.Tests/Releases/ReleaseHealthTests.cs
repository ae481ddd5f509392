using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.Core.Specification.Reading;
using MlOps.Pipelines.Releases;

namespace MlOps.Pipelines.Tests.Releases;

/// <summary>Conditions as they are written, judged by numbers as serving and applications tell them.</summary>
public sealed class ReleaseHealthTests
{
    [Theory]
    [InlineData("errorRate <= 1%", true)]
    [InlineData("errorRate < 1%", false)]
    [InlineData("errorRate <= champion.errorRate", false)]
    [InlineData("errorRate <= champion.errorRate + 0.5%", true)]
    [InlineData("refusalRate <= 5%", true)]
    [InlineData("latencyP50 <= 3ms", true)]
    [InlineData("latencyP99 <= 10ms", false)]
    [InlineData("latencyP99 <= champion.latencyP99 * 1.2", true)]
    [InlineData("latencyP99 <= champion.latencyP99 + 1ms", false)]
    [InlineData("predictionMean >= 0.2", true)]
    [InlineData("agreement >= 90%", true)]
    [InlineData("difference <= 0.01", false)]
    [InlineData("predictionDrift <= 0.06", false)]
    [InlineData("predictionDrift <= 0.07", true)]
    [InlineData("reported.conversion >= 0.12", true)]
    [InlineData("reported.conversion >= champion.reported.conversion", false)]
    [InlineData("reported.conversion >= champion.reported.conversion - 0.05", true)]
    // Nobody reported it: there is nothing to judge by.
    [InlineData("reported.margin >= 1", null)]
    public void A_condition_is_met_broken_or_not_judged(string condition, bool? met) => Assert.Equal(met, Judge(condition).Met);

    [Fact]
    public void Fewer_requests_than_asked_for_judge_nothing()
    {
        var result = Judge("errorRate <= 0.1%", minRequests: 1001);
        Assert.Null(result.Met);
        Assert.Equal("errorRate: 1000 seen, 1001 are needed to judge.", result.Detail);
    }

    [Fact]
    public void A_broken_condition_tells_its_numbers()
    {
        var result = Judge("errorRate < 1%");
        Assert.Equal((0.01, 0.01), (result.Value, result.Limit));
        Assert.Equal("errorRate < 1%: errorRate is 0.01, beyond 0.01.", result.Detail);
    }

    private static ConditionResult Judge(string condition, int minRequests = 20)
    {
        var spec = PipelineSpecReader.Read(PipelineHost.Pipeline + $"\nrelease: {{ while: [ \"{condition}\" ] }}\n", "p");
        return new ReleaseHealth(Metrics, Reports, minRequests).Judge(spec.Release.While[0]);
    }

    // Reference: 400 in each of two bins. Candidate: 500 and 300 of 800, so the index is 0.125 ln 1.25 − 0.125 ln 0.75 = 0.0279 + 0.0360 = 0.0639.
    private static EndpointMetrics Metrics { get; } = new()
    {
        Endpoint = "e",
        Revision = 3,
        From = default,
        To = default,
        Variants =
        [
            new()
            {
                Name = "champion", Model = "m", Version = 1, Requests = 9000, Errors = 45, Rows = 800, LatencyP50 = 2, LatencyP99 = 10, PredictionMean = 0.2,
                Scores = new([0.5], [400, 400]),
            },
            new()
            {
                Name = "candidate", Model = "m", Version = 2, Requests = 1000, Errors = 10, Refused = 50, Rows = 800, LatencyP50 = 2.5, LatencyP99 = 11.5, PredictionMean = 0.25,
                Scores = new([0.5], [500, 300]), Mirror = new(200, 190, 0.02),
            },
        ],
    };

    private static IReadOnlyList<ReportedMetric> Reports { get; } =
        [new("conversion", 2, 0.1, 10, default), new("conversion", 2, 0.2, 30, default), new("conversion", 1, 0.2, 100, default), new("conversion", 3, 9, 100, default)];
}
