using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Monitoring;
using MlOps.Core.Text;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Monitoring;

namespace MlOps.Functions.Api;

/// <summary>Body of an acknowledgement.</summary>
/// <param name="Reason">What the one who takes it up says.</param>
public sealed record AcknowledgeRequest(string? Reason);

/// <summary>Body of a request for silence.</summary>
/// <param name="Until">Its end.</param>
/// <param name="Reason">Why.</param>
/// <param name="Monitor">Name of the monitor; absent: all of the endpoint.</param>
public sealed record SilenceRequest(DateTimeOffset? Until, string? Reason, string? Monitor = null);

/// <summary><c>/api/alerts</c> and <c>/api/endpoints/{name}/silences</c>: what is wrong, who has taken it up, and when nobody wants to hear of it.</summary>
internal static class AlertsApi
{
    private const int LongestReason = 1000;

    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        var alerts = routes.MapGroup("/api/alerts").WithTags("Alerts");
        alerts.MapGet("", ListAsync).WithSummary("Alerts, the newest first; of one 'endpoint', and only those that are 'open', if asked so");
        alerts.MapGet("/{id}", GetAsync).WithSummary("An alert");
        alerts.MapPost("/{id}/acknowledgement", AcknowledgeAsync).WithSummary("Take an alert up; the first who does stands there");
        var silences = routes.MapGroup("/api/endpoints/{name}/silences").WithTags("Alerts");
        silences.MapGet("", SilencesAsync).WithSummary("Silences of an endpoint, past ones too");
        silences.MapPost("", SilenceAsync).WithSummary("Be told nothing of an endpoint's new alerts for a while. They are recorded all the same, and programs act on them");
        silences.MapDelete("/{id}", UnsilenceAsync).WithSummary("End a silence before its time");
    }

    private static async Task<Ok<Page<AlertRecord>>> ListAsync(
        string? endpoint, bool? open, int? take, string? continuationToken, AlertStore alerts, CancellationToken cancellationToken)
    {
        var all = (await alerts.ListAsync(endpoint, cancellationToken)).Where(a => open is null || a.IsOpen == open).ToList();
        return TypedResults.Ok(Page.Of(all, a => a.Id, take, continuationToken));
    }

    private static async Task<Ok<AlertRecord>> GetAsync(string id, AlertStore alerts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await alerts.TryGetAsync(id, cancellationToken) ?? throw NoAlert(id));

    private static async Task<Ok<AlertRecord>> AcknowledgeAsync(
        string id, AcknowledgeRequest request, AlertStore alerts, HttpContext context, CancellationToken cancellationToken)
    {
        var by = Actor.Of(context);
        var alert = await alerts.AcknowledgeAsync(id, by, ReasonOf(request.Reason), cancellationToken) ?? throw NoAlert(id);
        return alert.Acknowledged?.By == by
            ? TypedResults.Ok(alert)
            : throw ApiException.Conflict("acknowledged", $"{alert.Acknowledged?.By} has taken alert '{id}' up already.");
    }

    private static async Task<Ok<IReadOnlyList<AlertSilence>>> SilencesAsync(string name, SilenceStore silences, CancellationToken cancellationToken) =>
        TypedResults.Ok(await silences.ListAsync(name, cancellationToken));

    private static async Task<Created<AlertSilence>> SilenceAsync(
        string name, SilenceRequest request, SilenceStore silences, MonitorStarter starter, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        MonitorsApi.Require(starter, name);
        var now = time.GetUtcNow();
        if (request.Until is not { } until) throw ApiException.Invalid("'until' is missing: a silence has an end, such as 2001-03-05T06:00:00Z.");
        if (until <= now) throw ApiException.Invalid($"'until' is {until:O}, which has passed.");
        MonitorKind? monitor = null;
        if (request.Monitor is { } wanted)
            monitor = MonitorNames.Find(wanted) ?? throw ApiException.NotFound($"monitor '{wanted}'", NearestName.Advice(wanted, MonitorNames.All));
        var silence = new AlertSilence
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Endpoint = name,
            Monitor = monitor,
            Until = until.ToUniversalTime(),
            Set = new(Actor.Of(context), now, ReasonOf(request.Reason)),
        };
        await silences.AddAsync(silence, cancellationToken);
        return TypedResults.Created($"/api/endpoints/{name}/silences/{silence.Id}", silence);
    }

    private static async Task<NoContent> UnsilenceAsync(
        string name, string id, string? reason, SilenceStore silences, HttpContext context, CancellationToken cancellationToken) =>
        await silences.RemoveAsync(name, id, Actor.Of(context), reason ?? "Ended before its time.", cancellationToken)
            ? TypedResults.NoContent()
            : throw ApiException.NotFound($"silence '{id}' of '{name}'", $"GET /api/endpoints/{name}/silences lists those there are.");

    private static string ReasonOf(string? reason) => reason is { Length: > 0 and <= LongestReason } && !string.IsNullOrWhiteSpace(reason)
        ? reason
        : throw ApiException.Invalid($"'reason' is missing, or longer than {LongestReason} characters: say why, for those who read it later.");

    private static ApiException NoAlert(string id) => ApiException.NotFound($"alert '{id}'", "GET /api/alerts, and 'mlops alerts list', list those there are.");
}
