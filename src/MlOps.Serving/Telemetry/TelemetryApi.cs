using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MlOps.Serving.Telemetry;

internal static class TelemetryApi
{
    public static void MapTelemetry(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", (PrometheusExport metrics) => TypedResults.Text(metrics.Write(), PrometheusExport.ContentType))
            .WithTags("Health").WithSummary("The process's metrics, for Prometheus");
        routes.MapGet("/api/device", () => TypedResults.Ok(DeviceSensors.Read()))
            .WithTags("Health").WithSummary("Processors, memory and temperatures of the device, as far as it tells");
    }
}
