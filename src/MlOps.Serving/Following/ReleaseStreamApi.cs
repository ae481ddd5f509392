using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;

namespace MlOps.Serving.Following;

/// <summary><c>GET /api/endpoints/{name}/releases</c>: server-sent events; <c>Last-Event-ID</c> goes on where a connection broke.</summary>
internal static class ReleaseStreamApi
{
    public static void MapReleaseStream(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/endpoints/{name}/releases", FollowAsync)
        .WithTags("Prediction")
        .WithSummary("The endpoint's releases as they happen, as server-sent events; each names its models with their hashes");

    private static async Task<Results<ServerSentEventsResult<EndpointManifest>, ProblemHttpResult>> FollowAsync(
        string name,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId,
        ReleaseStream stream,
        IBlobStore blobs,
        IHostApplicationLifetime lifetime,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var after = int.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : (int?)null;
        if (lastEventId is not null && after is null)
            return Refused(400, "invalid-last-event-id", "The request cannot be answered", $"'Last-Event-ID' is '{lastEventId}': expected the id of an event of this stream, which is a revision of the manifest.");
        if (await new EndpointManifests(blobs).TryGetAsync(name, cancellationToken) is not { Manifest: var manifest })
            return Refused(404, "unknown-endpoint", "Unknown endpoint", $"There is no endpoint '{name}'. GET /api/endpoints lists those there are.");
        if (after > manifest.Revision)
            return Refused(400, "invalid-last-event-id", "The request cannot be answered", $"'Last-Event-ID' is {after}, and the newest revision is {manifest.Revision}: that id is not from this endpoint. Leave the header out to begin with what is in force.");

        // Ends when the server is told to stop: an open stream must not hold its end up.
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        context.Response.RegisterForDispose(ended);
        return TypedResults.ServerSentEvents(stream.FollowAsync(name, after, ended.Token));
    }

    private static ProblemHttpResult Refused(int status, string type, string title, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: $"urn:mlops:{type}");
}
