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

    public static PredictionException BadRequest(string detail) => new(StatusCodes.Status400BadRequest, "bad-request", "The request cannot be read", detail);

    public static PredictionException Invalid(string detail, Exception? cause = null) =>
        new(StatusCodes.Status400BadRequest, "invalid-instances", "The request cannot be answered", detail, cause);

    public static PredictionException Overloaded(int waiting) => new(
        StatusCodes.Status503ServiceUnavailable, "overloaded", "Too many requests wait", $"{waiting} requests wait already. Try again in a moment.");

    public static PredictionException TooLate(TimeSpan limit) => new(
        StatusCodes.Status504GatewayTimeout, "timeout", "The answer took too long", $"There was no answer within {limit.TotalSeconds:0.#} s. Try again, with fewer rows where there are many.");

    public static PredictionException UnknownEndpoint(string name, IEnumerable<string> served)
    {
        var names = string.Join(", ", served.Order(StringComparer.Ordinal));
        return new(StatusCodes.Status404NotFound, "unknown-endpoint", "Unknown endpoint",
            $"No endpoint '{name}' answers here. {(names.Length > 0 ? $"Those that do: {names}." : "None does yet: a run that is approved releases its model to one.")}");
    }

    public static PredictionException UnknownVariant(ServedEndpoint endpoint, string variant) => new(
        StatusCodes.Status404NotFound, "unknown-variant", "Unknown variant",
        $"Endpoint '{endpoint.Name}' has no variant '{variant}'. It has: {string.Join(", ", endpoint.Variants.Select(v => v.Variant.Name))}.");

    public static PredictionException UnknownVersion(ServedEndpoint endpoint, string version) => new(
        StatusCodes.Status404NotFound, "unknown-version", "Unknown version",
        $"Endpoint '{endpoint.Name}' does not serve version '{version}'. It serves: {string.Join(", ", endpoint.Variants.Select(v => v.Variant.Version).Distinct())}.");

    public static PredictionException OnlyStaged(ServedEndpoint endpoint) => new(
        StatusCodes.Status404NotFound, "unknown-endpoint", "Nothing is released",
        $"Endpoint '{endpoint.Name}' has staged variants alone, which answer by their names: /api/endpoints/{endpoint.Name}/variants/{endpoint.Variants[0].Variant.Name}/predict.");

    public static PredictionException ModelAway(ServedVariant variant, Exception cause) => new(
        StatusCodes.Status503ServiceUnavailable, "model-away", "The model is not in memory",
        $"Model {variant.Variant.Model} version {variant.Variant.Version} was let go for others and cannot be loaded again now. Try again in a moment.", cause);
}
