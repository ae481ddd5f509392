using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace MlOps.Serving.Health;

/// <summary>Answer of <c>/health/live</c> and <c>/health/ready</c>.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>notReady</c>.</param>
/// <param name="Reasons">Why it is not ready; absent when it is.</param>
/// <param name="Behind">Endpoints that answer with an earlier manifest than their newest, and why; absent without any.</param>
public sealed record HealthReport(string Status, IReadOnlyList<string>? Reasons = null, IReadOnlyDictionary<string, string>? Behind = null);

internal static class HealthApi
{
    public static void MapServingHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").WithTags("Health");
        health.MapGet("/live", () => TypedResults.Ok(new HealthReport("live"))).WithSummary("Whether the process runs");
        health.MapGet("/ready", Ready).WithSummary("Whether every endpoint's models are loaded and warm; 503 while one is not, and while the server stops");
    }

    private static Results<Ok<HealthReport>, JsonHttpResult<HealthReport>> Ready(ServingState state)
    {
        var behind = state.Behind is { Count: > 0 } some ? some : null;
        return state.Obstacles is { Count: > 0 } obstacles
            ? TypedResults.Json(new HealthReport("notReady", obstacles, behind), statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(new HealthReport("ready", Behind: behind));
    }
}
