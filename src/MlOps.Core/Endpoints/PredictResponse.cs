using System.Text.Json;

namespace MlOps.Core.Endpoints;

/// <summary>Answer of <c>POST /api/endpoints/{name}/predict</c>.</summary>
/// <param name="RequestId">Of this request: as its header <c>X-Request-Id</c> says, or made here. Labels that come later name it.</param>
/// <param name="Endpoint">The endpoint that answered.</param>
/// <param name="Variant">The variant that was chosen.</param>
/// <param name="Model">The model behind it.</param>
/// <param name="Version">Its version.</param>
/// <param name="Predictions">One a row, in the order of the request.</param>
public sealed record PredictResponse(
    string RequestId, string Endpoint, string Variant, string Model, int Version, IReadOnlyList<Prediction> Predictions)
{
    /// <summary>What is odd about the rows, though they were answered; at most 20, absent without any.</summary>
    public IReadOnlyList<PredictionWarning>? Warnings { get; init; }
}

/// <summary>A value that a row was answered with, though training has seen no such value.</summary>
/// <param name="Row">Position in the request, from 0.</param>
/// <param name="Field">The field.</param>
/// <param name="Value">Its value as JSON, cut; absent where the field is none of the model's.</param>
/// <param name="Rule">What is odd.</param>
public sealed record PredictionWarning(int Row, string Field, string? Value, string Rule);

/// <summary>The answer for one row.</summary>
public sealed record Prediction
{
    /// <summary>Binary: whether the positive class is at least as likely as the other. Multiclass: the likeliest class. Regression: the value.</summary>
    public required JsonElement Value { get; init; }

    /// <summary>Binary: the probability of the positive class, in [0, 1]; otherwise absent.</summary>
    public float? Probability { get; init; }

    /// <summary>Multiclass: the probability of each class; otherwise absent.</summary>
    public IReadOnlyDictionary<string, float>? Probabilities { get; init; }

    /// <summary>The model's raw output, as <c>ModelSignature</c> documents it.</summary>
    public required IReadOnlyList<float> Scores { get; init; }
}

/// <summary>Raw rows and the answers that evaluation got for them: <c>golden.json</c> of a model version.</summary>
/// <param name="Instances">The rows, as a prediction request carries them.</param>
/// <param name="Expected">For each row the model's raw output.</param>
public sealed record GoldenRows(IReadOnlyList<JsonElement> Instances, IReadOnlyList<IReadOnlyList<float>> Expected);
