using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Tests.Prediction;

public class PredictionShapeTests
{
    [Theory]
    [InlineData(0.5f, true)]
    [InlineData(0.49999f, false)]
    [InlineData(1f, true)]
    [InlineData(0f, false)]
    public void A_binary_answer_is_the_likelier_class_with_the_probability_of_the_positive_one(float score, bool value)
    {
        var answer = PredictionShape.Of(Signature(LearningTask.Binary, "false", "true"), [score]);
        Assert.Equal((value, score), (answer.Value.GetBoolean(), answer.Probability));
        Assert.Equal([score], answer.Scores);
        Assert.Null(answer.Probabilities);
    }

    [Fact]
    public void A_multiclass_answer_is_the_likeliest_class_with_the_probability_of_each()
    {
        var answer = PredictionShape.Of(Signature(LearningTask.Multiclass, "Adelie", "Chinstrap", "Gentoo"), [0.2f, 0.5f, 0.3f]);
        Assert.Equal("Chinstrap", answer.Value.GetString());
        Assert.Equal(new Dictionary<string, float> { ["Adelie"] = 0.2f, ["Chinstrap"] = 0.5f, ["Gentoo"] = 0.3f }, answer.Probabilities);
        Assert.Null(answer.Probability);
    }

    [Fact]
    public void Of_equally_likely_classes_the_first_is_the_answer() =>
        Assert.Equal("a", PredictionShape.Of(Signature(LearningTask.Multiclass, "a", "b"), [0.5f, 0.5f]).Value.GetString());

    [Fact]
    public void A_regression_answer_is_the_value()
    {
        var answer = PredictionShape.Of(Signature(LearningTask.Regression), [-3.25f]);
        Assert.Equal(-3.25, answer.Value.GetDouble());
        Assert.True(answer is { Probability: null, Probabilities: null });
    }

    private static ModelSignature Signature(LearningTask task, params string[] classes) => new() { Inputs = [], Task = task, Classes = classes };
}
