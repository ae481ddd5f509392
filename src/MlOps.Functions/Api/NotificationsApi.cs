using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Notifications;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Notifications;

namespace MlOps.Functions.Api;

internal static class NotificationsApi
{
    public static void MapNotifications(this IEndpointRouteBuilder routes)
    {
        var notifications = routes.MapGroup("/api/notifications").WithTags("Notifications");
        notifications.MapGet("", ListAsync).WithSummary("Messages to people, newest first, and every attempt to deliver them; 'pipeline' asks for one pipeline's");
        notifications.MapGet("/{id}", GetAsync).WithSummary("A message and its deliveries");
        routes.MapPost("/api/pipelines/{name}/notifications/test", TestAsync).WithTags("Notifications")
            .WithSummary("Send a test message through every channel of a pipeline").Produces<NotificationRecord>(202);
    }

    private static async Task<Ok<Page<NotificationRecord>>> ListAsync(
        NotificationStore notifications, string? pipeline, int? take, string? continuationToken, CancellationToken cancellationToken)
    {
        var all = await notifications.ListAsync(cancellationToken);
        return TypedResults.Ok(Page.Of([.. all.Where(n => pipeline is null || n.Message.Pipeline == pipeline)], n => n.Message.Id, take, continuationToken));
    }

    private static async Task<Ok<NotificationRecord>> GetAsync(string id, NotificationStore notifications, CancellationToken cancellationToken) =>
        TypedResults.Ok(await notifications.TryGetAsync(id, cancellationToken)
            ?? throw ApiException.NotFound($"message '{id}'", "GET /api/notifications lists those there are."));

    private static async Task<Accepted<NotificationRecord>> TestAsync(
        string name, PipelineCatalog pipelines, Notifier notifier, HttpContext context, CancellationToken cancellationToken)
    {
        var (spec, _) = pipelines.TryRead(name) ?? throw ApiException.NotFound($"pipeline '{name}'", "GET /api/pipelines lists those there are.");
        var sent = await notifier.SendTestAsync(spec, Actor.Of(context), cancellationToken);
        return TypedResults.Accepted($"/api/notifications/{sent.Message.Id}", sent);
    }
}
