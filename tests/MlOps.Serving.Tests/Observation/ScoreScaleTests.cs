using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Tests.Observation;

public class ScoreScaleTests
{
    private static readonly ModelSignature s_regression = new() { Inputs = [], Task = LearningTask.Regression };

    [Fact]
    public void The_bins_of_a_regression_span_the_golden_answers_and_half_their_range_on_either_side()
    {
        var scale = ScoreScale.Of(s_regression, [[10f], [20f], [12f]]);
        // From 5 to 25 in 50 bins of 0.4; the first and the last are open.
        Assert.Equal(49, scale.Edges.Count);
        Assert.Equal((5.4, 24.6), (scale.Edges[0], scale.Edges[^1]));
        Assert.Equal((0, 0, 1, 49, 49), (scale.BinOf(-1e30), scale.BinOf(5.3), scale.BinOf(5.5), scale.BinOf(24.7), scale.BinOf(double.NaN)));
    }

    [Fact]
    public void Golden_answers_that_are_all_alike_make_bins_too()
    {
        var edges = ScoreScale.Of(s_regression, [[0f], [0f]]).Edges;
        Assert.Equal(edges.Order().Distinct(), edges);
    }

    [Theory]
    [InlineData(100, 105, true)]
    [InlineData(100, 105.1, false)]
    [InlineData(-100, -95, true)]
    [InlineData(0, 0.01, false)]
    public void Values_agree_within_five_percent_of_the_returned_one(float returned, float other, bool agree) =>
        Assert.Equal(agree, ScoreScale.Agree(s_regression, [returned], [other]));
}
