using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Endpoints;
using MlOps.Pipelines.Releases;
using MlOps.Storage.Endpoints;

namespace MlOps.Functions.Api;

/// <summary>Body of a rollback.</summary>
/// <param name="To">Revision whose variants come back; absent: those from before.</param>
/// <param name="Reason">Why; for the audit log.</param>
public sealed record RollbackOrder(int? To, string? Reason);

/// <summary>Body of a report.</summary>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Version">The model version whose answers it is about.</param>
/// <param name="Value">The value.</param>
/// <param name="Count">How many observations it is the mean of. Default: 1.</param>
public sealed record MetricReport(string? Metric, int? Version, double? Value, long? Count);

internal static class EndpointsApi
{
    private const int LongestName = 100;

    public static void MapEndpoints(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/endpoints").WithTags("Endpoints");
        endpoints.MapGet("", ListAsync).WithSummary("Names of the endpoints");
        endpoints.MapGet("/{name}", GetAsync).WithSummary("What an endpoint answers with");
        endpoints.MapGet("/{name}/history", HistoryAsync).WithSummary("What an endpoint answered with, newest first");
        endpoints.MapPost("/{name}/rollback", RollBackAsync).WithSummary("Answer with an earlier version again");
        endpoints.MapPost("/{name}/reports", ReportAsync).WithSummary("Report a business metric of a version");
    }

    private static async Task<Ok<IEnumerable<string>>> ListAsync(EndpointStore endpoints, CancellationToken cancellationToken) =>
        TypedResults.Ok((await endpoints.ListAsync(cancellationToken)).Select(e => e.Endpoint));

    private static async Task<Ok<EndpointManifest>> GetAsync(string name, EndpointStore endpoints, HttpContext context, CancellationToken cancellationToken)
    {
        var (manifest, eTag) = await FindAsync(name, endpoints, cancellationToken);
        context.Response.Headers.ETag = $"\"{eTag.Trim('"')}\"";
        return TypedResults.Ok(manifest);
    }

    private static async Task<Ok<Page<EndpointManifest>>> HistoryAsync(
        string name, EndpointStore endpoints, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        await FindAsync(name, endpoints, cancellationToken);
        var history = new List<EndpointManifest>();
        await foreach (var manifest in endpoints.HistoryAsync(name, cancellationToken)) history.Add(manifest);
        return TypedResults.Ok(Page.Of(history, m => $"{m.Revision}", take, continuationToken));
    }

    private static async Task<Ok<EndpointManifest>> RollBackAsync(
        string name, RollbackOrder request, EndpointStore endpoints, ReleaseDesk desk, HttpContext context, CancellationToken cancellationToken)
    {
        await FindAsync(name, endpoints, cancellationToken);
        return TypedResults.Ok(await desk.RollBackAsync(name, request.To, ReleasesApi.OrderOf(context, request.Reason, "a rollback"), cancellationToken));
    }

    private static async Task<Accepted> ReportAsync(
        string name, MetricReport request, EndpointStore endpoints, ReportedMetricStore reports, TimeProvider time, CancellationToken cancellationToken)
    {
        await FindAsync(name, endpoints, cancellationToken);
        if (request.Metric is not { Length: > 0 and <= LongestName } metric) throw ApiException.Invalid($"'metric' must be a name of 1 to {LongestName} characters.");
        if (request.Version is not > 0) throw ApiException.Invalid("'version' is missing: send the version that the answers named.");
        if (request.Value is not { } value || !double.IsFinite(value)) throw ApiException.Invalid("'value' must be a finite number.");
        if (request.Count is < 1) throw ApiException.Invalid($"'count' is {request.Count}: it must be at least 1.");
        await reports.AddAsync(name, new(metric, request.Version.Value, value, request.Count ?? 1, time.GetUtcNow()), cancellationToken);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<(EndpointManifest Manifest, string ETag)> FindAsync(string name, EndpointStore endpoints, CancellationToken cancellationToken) =>
        await endpoints.TryGetAsync(name, cancellationToken) ?? throw ApiException.NotFound($"endpoint '{name}'", "GET /api/endpoints lists those there are.");
}
