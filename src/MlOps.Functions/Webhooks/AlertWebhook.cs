using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.CloudEvents;
using MlOps.Core.Monitoring;
using MlOps.Functions.Api;
using MlOps.Functions.Triggers;
using MlOps.Pipelines.Monitoring;

namespace MlOps.Functions.Webhooks;

/// <summary>What became of alerts that were sent.</summary>
/// <param name="Received">How many were read.</param>
/// <param name="New">How many of them nobody had sent before.</param>
public sealed record AlertReceipt(int Received, int New);

/// <summary>Answers Event Grid's question whether this address wants its events.</summary>
/// <param name="ValidationResponse">The code that came with the question.</param>
public sealed record SubscriptionValidation(string ValidationResponse);

/// <summary>Where monitors of others send their alerts: <c>/api/webhooks/alerts/{pipeline}</c>. In Azure, with the key of its function.</summary>
internal static class AlertWebhook
{
    private const int MaxAlerts = 1000;
    private const string OriginHeader = "WebHook-Request-Origin";

    public static void MapAlertWebhook(this IEndpointRouteBuilder routes)
    {
        var webhook = routes.MapGroup("/api/webhooks/alerts/{pipeline}").WithTags("Alerts").WithMetadata(new FunctionKeyRequired()).AllowAnonymous();
        webhook.MapPost("", ReceiveAsync).WithSummary("Alerts of others: Azure Monitor's common schema, Event Grid's schema, CloudEvents (binary, structured or batched)");
        webhook.MapMethods("", ["OPTIONS"], Shake).WithSummary("CloudEvents' question whether this address wants events");
    }

    private static async Task<Results<Ok<AlertReceipt>, Ok<SubscriptionValidation>>> ReceiveAsync(
        string pipeline, string? monitor, HttpContext context, AlertIntake intake, CancellationToken cancellationToken)
    {
        var kind = MonitorOf(monitor);
        var (alerts, handshake) = await ReadAsync(context.Request, cancellationToken);
        if (handshake is not null) return TypedResults.Ok(new SubscriptionValidation(handshake));
        if (alerts.Count > MaxAlerts) throw ApiException.Invalid($"The request holds {alerts.Count} alerts; at most {MaxAlerts} are taken at once.");
        var added = 0;
        foreach (var alert in alerts)
        {
            var isNew = await intake.TakeAsync(pipeline, kind, alert, cancellationToken) ?? throw ApiException.NotFound($"pipeline '{pipeline}'", "GET /api/pipelines lists those there are.");
            if (isNew) added++;
        }

        return TypedResults.Ok(new AlertReceipt(alerts.Count, added));
    }

    private static Ok Shake(HttpContext context)
    {
        // Consent is given to the one who asks; whoever sends must have the function's key besides.
        if (context.Request.Headers[OriginHeader] is [{ Length: > 0 and <= 256 } origin] && Uri.CheckHostName(origin) is UriHostNameType.Dns)
        {
            context.Response.Headers["WebHook-Allowed-Origin"] = origin;
            context.Response.Headers["WebHook-Allowed-Rate"] = "*";
        }

        context.Response.Headers.Allow = "POST";
        return TypedResults.Ok();
    }

    /// <summary>All alerts of a request, before the first is taken: half a batch is never written down. Or the code of a handshake.</summary>
    private static async Task<(IReadOnlyList<ExternalAlert> Alerts, string? Handshake)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (await CloudEventRequest.TryReadAsync(request, cancellationToken) is { } events) return ([.. events.Select(AlertDocuments.Read)], null);
            var document = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, JsonSerializerOptions.Web, cancellationToken);
            return AlertDocuments.HandshakeCode(document) is { } code ? ([], code) : (AlertDocuments.Read(document), null);
        }
        catch (CloudEventException e)
        {
            throw ApiException.Invalid($"The event cannot be read: {e.Message}");
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid($"The body is no JSON: {e.Message}");
        }
    }

    private static MonitorKind MonitorOf(string? name) => name is null ? MonitorKind.Service
        : MonitorNames.Find(name) ?? throw ApiException.Invalid($"'monitor' is '{name}': expected one of {string.Join(", ", MonitorNames.All)}.");
}
