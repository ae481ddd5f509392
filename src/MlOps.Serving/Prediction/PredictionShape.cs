using System.Text.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>What a model's raw output means to the one who asked.</summary>
internal static class PredictionShape
{
    /// <param name="signature">Of the model.</param>
    /// <param name="scores">One row of its output.</param>
    public static Core.Endpoints.Prediction Of(ModelSignature signature, ReadOnlySpan<float> scores) => signature.Task switch
    {
        LearningTask.Binary => new()
        {
            Value = JsonSerializer.SerializeToElement(scores[0] >= 0.5f),
            Probability = scores[0],
            Scores = scores.ToArray(),
        },
        LearningTask.Multiclass => new()
        {
            Value = JsonSerializer.SerializeToElement(signature.Classes[ScoreScale.ClassOf(scores)]),
            Probabilities = ByClass(signature.Classes, scores),
            Scores = scores.ToArray(),
        },
        _ => new() { Value = JsonSerializer.SerializeToElement(scores[0]), Scores = scores.ToArray() },
    };

    private static Dictionary<string, float> ByClass(IReadOnlyList<string> classes, ReadOnlySpan<float> scores)
    {
        var byClass = new Dictionary<string, float>(StringComparer.Ordinal);
        for (var i = 0; i < scores.Length; i++) byClass[classes[i]] = scores[i];
        return byClass;
    }
}
