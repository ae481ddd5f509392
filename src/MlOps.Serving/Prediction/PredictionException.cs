using Microsoft.AspNetCore.Http;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;

namespace MlOps.Serving.Prediction;

/// <summary>A request gets no prediction. <paramref name="type"/> is stable, the message is for people.</summary>
internal sealed class PredictionException(int status, string type, string title, string detail, Exception? cause = null) : Exception(detail, cause)
{
    public int Status { get; } = status;

    public string Type { get; } = $"urn:mlops:{type}";

    public string Title { get; } = title;

    /// <summary>What is wrong with which row, where that is the reason.</summary>
    public IReadOnlyList<InstanceError>? Errors => (InnerException as InvalidInstancesException)?.Errors;

    public static PredictionException Invalid(string detail) => new(StatusCodes.Status400BadRequest, "invalid-instances", "The request cannot be answered", detail);

    public static PredictionException Invalid(InvalidInstancesException error) =>
        new(StatusCodes.Status400BadRequest, "invalid-instances", "The request cannot be answered", error.Message, error);

    public static PredictionException Overloaded(OverloadedException error) =>
        new(StatusCodes.Status503ServiceUnavailable, "overloaded", "Too many requests wait", error.Message, error);

    public static PredictionException UnknownEndpoint(string name, IEnumerable<string> served)
    {
        var names = string.Join(", ", served.Order(StringComparer.Ordinal));
        return new(StatusCodes.Status404NotFound, "unknown-endpoint", "Unknown endpoint",
            $"No endpoint '{name}' answers here. {(names.Length > 0 ? $"Those that do: {names}." : "None does yet: a run that is approved releases its model to one.")}");
    }

    public static PredictionException UnknownVariant(ServedEndpoint endpoint, string variant) => new(
        StatusCodes.Status404NotFound, "unknown-variant", "Unknown variant",
        $"Endpoint '{endpoint.Name}' has no variant '{variant}'. It has: {string.Join(", ", endpoint.Variants.Select(v => v.Variant.Name))}.");

    public static PredictionException OnlyStaged(ServedEndpoint endpoint) => new(
        StatusCodes.Status404NotFound, "unknown-endpoint", "Nothing is released",
        $"Endpoint '{endpoint.Name}' has staged variants alone, which answer by their names: /api/endpoints/{endpoint.Name}/variants/{endpoint.Variants[0].Variant.Name}/predict.");
}
