using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;

namespace MlOps.Serving.Prediction;

/// <summary>Body of a prediction request.</summary>
/// <param name="Instances">Raw rows: column name to value, as the pipeline declares its columns.</param>
public sealed record PredictRequest(IReadOnlyList<JsonElement>? Instances);

/// <summary><c>POST /api/endpoints/{name}/predict</c>: raw rows in, answers out.</summary>
internal static class PredictApi
{
    public static void MapPredict(this IEndpointRouteBuilder routes) => routes
        .MapPost("/api/endpoints/{name}/predict", PredictAsync)
        .WithName("Predict")
        .WithSummary("Predictions for raw rows")
        .WithTags("Prediction")
        .WithMetadata(new RequestSizeLimitAttribute(routes.ServiceProvider.GetRequiredService<IOptions<ServingOptions>>().Value.MaxBodyBytes));

    private static async Task<Results<Ok<PredictResponse>, ProblemHttpResult>> PredictAsync(
        string name, PredictRequest request, EndpointTable endpoints, IOptions<ServingOptions> options, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Instances is not { Count: > 0 } instances)
            return Invalid("'instances' is missing or empty. Send {\"instances\":[{\"column\":value,…}]}.");
        if (instances.Count > options.Value.MaxInstances)
            return Invalid($"'instances' has {instances.Count} rows; at most {options.Value.MaxInstances} are answered at once. Send them in several requests, or use a batch.");
        if (!endpoints.TryUse(name, out var model))
            return NotServed(name, endpoints);

        using (model)
        {
            try
            {
                var scores = await model.Predictions.PredictAsync(instances, cancellationToken);
                return TypedResults.Ok(new PredictResponse(name, model.Variant.Model, model.Variant.Version, PredictionsOf(model, scores)));
            }
            catch (InvalidInstancesException error)
            {
                return Invalid(error.Message, error.Errors);
            }
            catch (OverloadedException error)
            {
                context.Response.Headers.RetryAfter = "1";
                return TypedResults.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too many requests wait", type: "urn:mlops:overloaded");
            }
        }
    }

    private static List<Core.Endpoints.Prediction> PredictionsOf(LoadedModel model, float[] scores)
    {
        var width = model.Signature.OutputWidth;
        var predictions = new List<Core.Endpoints.Prediction>(scores.Length / width);
        for (var at = 0; at < scores.Length; at += width)
            predictions.Add(PredictionShape.Of(model.Signature, scores.AsSpan(at, width)));
        return predictions;
    }

    private static ProblemHttpResult Invalid(string detail, object? errors = null) => TypedResults.Problem(
        detail, statusCode: StatusCodes.Status400BadRequest, title: "The request cannot be answered", type: "urn:mlops:invalid-instances",
        extensions: errors is null ? null : new Dictionary<string, object?> { ["errors"] = errors });

    private static ProblemHttpResult NotServed(string name, EndpointTable endpoints) => TypedResults.Problem(
        $"No endpoint '{name}' answers here. {(endpoints.Names.Any() ? $"Those that do: {string.Join(", ", endpoints.Names.Order(StringComparer.Ordinal))}." : "None does yet: a run that is approved releases its model to one.")}",
        statusCode: StatusCodes.Status404NotFound, title: "Unknown endpoint", type: "urn:mlops:unknown-endpoint");
}
