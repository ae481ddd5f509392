using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Monitoring;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Reports;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Monitoring;

namespace MlOps.Functions.Api;

/// <summary><c>GET /api/endpoints/{name}/report</c>: how an endpoint fares, as a page.</summary>
internal static class ReportsApi
{
    private const int MostWindows = 200;
    private const int MostAlerts = 100;

    public static void MapReports(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/endpoints/{name}/report", GetAsync)
        .Produces<string>(StatusCodes.Status200OK, "text/html")
        .WithSummary("How an endpoint fares: one HTML page with charts that needs nothing else")
        .WithTags("Monitors");

    private static async Task<ContentHttpResult> GetAsync(
        string name, MonitorStarter starter, MonitorResultStore results, AlertStore alerts, EndpointStore endpoints, LabelLedger labels, TimeProvider time, HttpContext context,
        CancellationToken cancellationToken)
    {
        var pipeline = MonitorsApi.Require(starter, name);
        var series = new List<(MonitorKind, IReadOnlyList<MonitorResult>)>();
        foreach (var monitor in pipeline.Monitors.Monitors)
        {
            var window = monitor.Window ?? pipeline.Monitors.Window;
            var found = await results.ListAsync(name, monitor.Kind, null, MostWindows, cancellationToken);
            // Windows of other lengths that somebody looked at are no part of the series, unless there is nothing else.
            var own = found.Where(r => r.Window.Length == window).ToList();
            series.Add((monitor.Kind, own.Count > 0 ? own : found));
        }
        var report = new MonitorReport
        {
            Endpoint = name,
            MadeAt = time.GetUtcNow(),
            Manifest = (await endpoints.TryGetAsync(name, cancellationToken))?.Manifest,
            Series = series,
            Alerts = [.. (await alerts.ListAsync(name, cancellationToken)).Take(MostAlerts)],
            Labels = await labels.SumAsync(name, cancellationToken),
        };
        // The page needs no script and nothing from elsewhere; a browser is told so, whatever stands in a column's name.
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        return TypedResults.Content(report.Render(), "text/html; charset=utf-8");
    }
}
