using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Notifications;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Notifications;

namespace MlOps.Functions.Api;

/// <summary>Body of a request to try a message again.</summary>
/// <param name="Reason">Why; for the audit log.</param>
public sealed record RetryRequest(string? Reason = null);

/// <summary><c>/api/notifications</c>: messages to people, and how their delivery went.</summary>
internal static class NotificationsApi
{
    public static void MapNotifications(this IEndpointRouteBuilder routes)
    {
        var notifications = routes.MapGroup("/api/notifications").WithTags("Notifications");
        notifications.MapGet("", ListAsync).WithSummary("Messages to people, newest first, and every attempt to deliver them; 'pipeline' asks for one pipeline's, 'failed' for those that a channel failed to take");
        notifications.MapGet("/{id}", GetAsync).WithSummary("A message and its deliveries");
        notifications.MapPost("/{id}/retry", RetryAsync).WithSummary("Have the failed deliveries of a message tried again").Produces<NotificationRecord>(202);
        routes.MapPost("/api/pipelines/{name}/notifications/test", TestAsync).WithTags("Notifications")
            .WithSummary("Send a test message through every channel of a pipeline").Produces<NotificationRecord>(202);
    }

    private static async Task<Ok<Page<NotificationRecord>>> ListAsync(
        NotificationStore notifications, string? pipeline, bool? failed, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        var all = await notifications.ListAsync(cancellationToken);
        return TypedResults.Ok(Page.Of([.. all.Where(n => (pipeline is null || n.Message.Pipeline == pipeline) && (failed is not true || n.HasFailed))], n => n.Message.Id, take, continuationToken));
    }

    private static async Task<Ok<NotificationRecord>> GetAsync(string id, NotificationStore notifications, CancellationToken cancellationToken) =>
        TypedResults.Ok(await notifications.TryGetAsync(id, cancellationToken)
            ?? throw ApiException.NotFound($"message '{id}'", "GET /api/notifications lists those there are."));

    private static async Task<Accepted<NotificationRecord>> RetryAsync(
        string id, RetryRequest request, NotificationStore notifications, Notifier notifier, HttpContext context, CancellationToken cancellationToken)
    {
        var known = await notifications.TryGetAsync(id, cancellationToken) ?? throw ApiException.NotFound($"message '{id}'", "GET /api/notifications lists those there are.");
        if (known is { HasFailed: false, IsPending: false }) throw ApiException.Conflict("not-possible", $"Every channel has taken message '{id}': there is nothing to try again.");
        if (!known.HasFailed) throw ApiException.Conflict("not-possible", $"Message '{id}' is on its way: what was not taken yet is tried again by itself.");
        var record = await notifier.RetryAsync(id, Actor.Of(context), request.Reason ?? "", cancellationToken);
        return TypedResults.Accepted($"/api/notifications/{id}", record!);
    }

    private static async Task<Accepted<NotificationRecord>> TestAsync(
        string name, PipelineCatalog pipelines, Notifier notifier, HttpContext context, CancellationToken cancellationToken)
    {
        var (spec, _) = pipelines.TryRead(name) ?? throw ApiException.NotFound($"pipeline '{name}'", "GET /api/pipelines lists those there are.");
        var sent = await notifier.SendTestAsync(spec, Actor.Of(context), cancellationToken);
        return TypedResults.Accepted($"/api/notifications/{sent.Message.Id}", sent);
    }
}
