using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;

namespace MlOps.Serving.Prediction;

/// <summary>Body of a prediction request.</summary>
/// <param name="Instances">Raw rows: column name to value, as the pipeline declares its columns.</param>
public sealed record PredictRequest(IReadOnlyList<JsonElement>? Instances);

/// <summary><c>POST /api/endpoints/{name}/predict</c>: raw rows in, answers out.</summary>
internal static class PredictApi
{
    public static void MapPredict(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/endpoints/{name}").WithTags("Prediction");
        var limit = new RequestSizeLimitAttribute(routes.ServiceProvider.GetRequiredService<IOptions<ServingOptions>>().Value.MaxBodyBytes);
        endpoints.MapPost("/predict", PredictAsync).WithName("Predict").WithSummary("Predictions for raw rows").WithMetadata(limit);
        endpoints.MapPost("/variants/{variant}/predict", PredictVariantAsync)
            .WithSummary("Predictions of one variant, whatever its share of the traffic").WithMetadata(limit);
    }

    private static Task<Results<Ok<PredictResponse>, ProblemHttpResult>> PredictAsync(
        string name, PredictRequest request, Predictor predictor, IOptions<ServingOptions> options, TimeProvider time, HttpContext context, CancellationToken cancellationToken) =>
        AnswerAsync(name, null, request, predictor, options.Value, time, context, cancellationToken);

    private static Task<Results<Ok<PredictResponse>, ProblemHttpResult>> PredictVariantAsync(
        string name, string variant, PredictRequest request, Predictor predictor, IOptions<ServingOptions> options, TimeProvider time, HttpContext context,
        CancellationToken cancellationToken) =>
        AnswerAsync(name, variant, request, predictor, options.Value, time, context, cancellationToken);

    private static async Task<Results<Ok<PredictResponse>, ProblemHttpResult>> AnswerAsync(
        string name, string? variant, PredictRequest request, Predictor predictor, ServingOptions options, TimeProvider time, HttpContext context,
        CancellationToken cancellationToken)
    {
        var id = RequestId.Take(context);
        try
        {
            var call = new PredictionCall(id, name, variant, InstancesOf(request, options), time.GetTimestamp());
            var answer = await predictor.PredictAsync(call, cancellationToken);
            var served = answer.Variant.Variant;
            return TypedResults.Ok(new PredictResponse(id, name, served.Name, served.Model, served.Version, PredictionsOf(answer)));
        }
        catch (PredictionException refused)
        {
            return Problem(refused, id, context);
        }
    }

    private static IReadOnlyList<JsonElement> InstancesOf(PredictRequest request, ServingOptions options)
    {
        if (request.Instances is not { Count: > 0 } instances)
            throw PredictionException.Invalid("'instances' is missing or empty. Send {\"instances\":[{\"column\":value,…}]}.");
        return instances.Count <= options.MaxInstances ? instances : throw PredictionException.Invalid(
            $"'instances' has {instances.Count} rows; at most {options.MaxInstances} are answered at once. Send them in several requests, or use a batch.");
    }

    private static List<Core.Endpoints.Prediction> PredictionsOf(PredictionAnswer answer)
    {
        var (signature, scores) = (answer.Signature, answer.Scores);
        var width = signature.OutputWidth;
        var predictions = new List<Core.Endpoints.Prediction>(scores.Length / width);
        for (var at = 0; at < scores.Length; at += width)
            predictions.Add(PredictionShape.Of(signature, scores.AsSpan(at, width)));
        return predictions;
    }

    private static ProblemHttpResult Problem(PredictionException refused, string id, HttpContext context)
    {
        if (refused.Status is StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["requestId"] = id };
        if (refused.Errors is { } errors) extensions["errors"] = errors;
        return TypedResults.Problem(refused.Message, statusCode: refused.Status, title: refused.Title, type: refused.Type, extensions: extensions);
    }
}
