using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Serving.Endpoints;

namespace MlOps.Serving.Prediction;

/// <summary>Body of a prediction request.</summary>
/// <param name="Instances">Raw rows: column name to value, as the pipeline declares its columns.</param>
/// <param name="Time">When what the rows ask about happens, ISO 8601 with its zone; absent: as the pipeline's <c>log.time</c> says, else now.</param>
public sealed record PredictRequest(IReadOnlyList<JsonElement> Instances, DateTimeOffset? Time = null);

/// <summary><c>POST /api/endpoints/{name}/predict</c>: raw rows in, answers out.</summary>
internal static class PredictApi
{
    public static void MapPredict(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/endpoints/{name}").WithTags("Prediction");
        var limit = new RequestSizeLimitAttribute(routes.ServiceProvider.GetRequiredService<IOptions<ServingOptions>>().Value.MaxBodyBytes);
        Describe(endpoints.MapPost("/predict", (string name, HttpContext context, Predictor predictor, TimeProvider time) =>
            AnswerAsync(name, VariantChoice.BySplit, context, predictor, time))).WithName("Predict").WithSummary("Predictions for raw rows");
        Describe(endpoints.MapPost("/variants/{variant}/predict", (string name, string variant, HttpContext context, Predictor predictor, TimeProvider time) =>
            AnswerAsync(name, VariantChoice.Named(variant), context, predictor, time))).WithSummary("Predictions of one variant, whatever its share of the traffic");

        RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
            // Other types are refused here rather than by the routing, with a problem that says why.
            .Accepts<PredictRequest>("application/json", "*/*")
            .Produces<PredictResponse>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .WithMetadata(limit);
    }

    private static async Task AnswerAsync(string name, VariantChoice choice, HttpContext context, Predictor predictor, TimeProvider time)
    {
        var arrivedAt = time.GetTimestamp();
        var id = RequestId.Take(context);
        try
        {
            RequestBody.MustBeJson(context);
            var rows = new JsonRows(await RequestBody.ReadAsync(context), time);
            var (variant, answer) = await predictor.PredictAsync(new(id, name, choice, rows, arrivedAt) { IsTest = context.Request.Headers.ContainsKey(TestRequests.Header) }, context.RequestAborted);
            await PredictionWriter.WriteAsync(context, id, name, variant, answer);
        }
        catch (PredictionException refused)
        {
            await ProblemOf(refused, id, context).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
        }
    }

    private static ProblemHttpResult ProblemOf(PredictionException refused, string id, HttpContext context)
    {
        if (refused.Status is StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["requestId"] = id };
        if (refused.Errors is { } errors) extensions["errors"] = errors;
        return TypedResults.Problem(refused.Message, statusCode: refused.Status, title: refused.Title, type: refused.Type, extensions: extensions);
    }
}
