using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using MlOps.Core.Endpoints;
using MlOps.Serving.Replicas;
using MlOps.Serving.Telemetry;

namespace MlOps.Serving.Observation;

/// <summary><c>GET /api/endpoints/{name}/metrics</c>: what its variants did of late.</summary>
internal static class MetricsApi
{
    private const int DefaultSeconds = 300;
    private static readonly int s_maxSeconds = (int)VariantStatistics.Memory.TotalSeconds;

    public static void MapEndpointMetrics(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/endpoints/{name}/metrics", GetAsync)
        .WithSummary("What an endpoint's variants did, in all processes that serve it, within the last 'seconds' (1 to 3,600, default 300)")
        .WithTags("Prediction");

    private static async Task<Results<Ok<EndpointMetrics>, ProblemHttpResult>> GetAsync(
        string name, int? seconds, AnswerStatistics statistics, ReplicaExchange replicas, CancellationToken cancellationToken)
    {
        if (seconds is < 1 || seconds > s_maxSeconds)
            return TypedResults.Problem($"'seconds' is {seconds}: it must be between 1 and {s_maxSeconds}.", statusCode: 400, title: "The request cannot be fulfilled", type: "urn:mlops:bad-request");
        return statistics.Of(name, TimeSpan.FromSeconds(seconds ?? DefaultSeconds), await replicas.OthersAsync(cancellationToken)) is { } metrics
            ? TypedResults.Ok(metrics with { Device = DeviceSensors.Read() })
            : TypedResults.Problem($"No endpoint '{name}' answers here. GET /api/endpoints lists those there are.", statusCode: 404, title: "Unknown endpoint", type: "urn:mlops:unknown-endpoint");
    }
}
