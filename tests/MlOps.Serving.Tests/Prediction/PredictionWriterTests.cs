using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Tests.Prediction;

public class PredictionWriterTests
{
    [Theory]
    [InlineData(0.5f, true)]
    [InlineData(0.49999f, false)]
    [InlineData(1f, true)]
    [InlineData(0f, false)]
    public async Task A_binary_answer_is_the_likelier_class_with_the_probability_of_the_positive_one(float score, bool value)
    {
        var answer = Assert.Single(await WriteAsync(Signature(LearningTask.Binary, "false", "true"), score));
        Assert.Equal((value, score), (answer.Value.GetBoolean(), answer.Probability));
        Assert.Equal([score], answer.Scores);
        Assert.Null(answer.Probabilities);
    }

    [Fact]
    public async Task A_multiclass_answer_is_the_likeliest_class_with_the_probability_of_each()
    {
        var answers = await WriteAsync(Signature(LearningTask.Multiclass, "Adelie", "Chin \"strap\"", "Gentoo"), 0.2f, 0.5f, 0.3f, 0.9f, 0.05f, 0.05f);
        Assert.Equal(["Chin \"strap\"", "Adelie"], answers.Select(a => a.Value.GetString()));
        Assert.Equal(new Dictionary<string, float> { ["Adelie"] = 0.2f, ["Chin \"strap\""] = 0.5f, ["Gentoo"] = 0.3f }, answers[0].Probabilities);
        Assert.Null(answers[0].Probability);
    }

    [Fact]
    public async Task Of_equally_likely_classes_the_first_is_the_answer() =>
        Assert.Equal("a", (await WriteAsync(Signature(LearningTask.Multiclass, "a", "b"), 0.5f, 0.5f))[0].Value.GetString());

    [Fact]
    public async Task Regression_answers_are_the_values_bit_by_bit()
    {
        float[] values = [-3.25f, 0f, -0f, 1e-42f, float.MaxValue, 0.1f, 16_777_217f];
        var answers = await WriteAsync(Signature(LearningTask.Regression), values);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), answers.Select(a => BitConverter.SingleToInt32Bits(a.Value.GetSingle())));
        Assert.All(answers, a => Assert.True(a is { Probability: null, Probabilities: null }));
    }

    [Fact]
    public async Task What_JSON_has_no_number_for_is_a_text()
    {
        var answers = await WriteAsync(Signature(LearningTask.Regression), float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NegativeInfinity], answers.Select(a => a.Scores[0]));
    }

    private static async Task<IReadOnlyList<Core.Endpoints.Prediction>> WriteAsync(ModelSignature signature, params float[] scores)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        var variant = new EndpointVariant("champion", "m", 7, "", 100);
        await PredictionWriter.WriteAsync(context, "r", "e", variant, new(signature, scores, []));
        var response = JsonSerializer.Deserialize<PredictResponse>(body.ToArray(), MlOpsJson.Compact)!;
        Assert.Equal(("r", "e", "champion", "m", 7), (response.RequestId, response.Endpoint, response.Variant, response.Model, response.Version));
        Assert.Equal(body.Length, context.Response.ContentLength);
        return response.Predictions;
    }

    private static ModelSignature Signature(LearningTask task, params string[] classes) => new() { Inputs = [], Task = task, Classes = classes };
}
