using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Reading;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Endpoints;

namespace MlOps.Functions.Api;

/// <summary><c>/api/endpoints/{name}/predictions</c>: what was answered, row by row.</summary>
internal static class PredictionsApi
{
    private const int DefaultRows = 100;
    private const int MostRows = 1000;
    private const int LongestReason = 1000;

    public static void MapPredictions(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/endpoints/{name}/predictions", ListAsync).WithTags("Predictions").WithSummary(
            "What was answered, row by row with the labels that have come, newest first by event time. Who looks is audited");

    private static async Task<Ok<Page<LoggedPrediction>>> ListAsync(
        string name, [AsParameters] PredictionsQuery query, EndpointStore endpoints, PredictionReader reader, HttpContext context, CancellationToken cancellationToken)
    {
        var (filter, take) = (FilterOf(query), query.Take ?? DefaultRows);
        if (take is < 1 or > MostRows) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {MostRows}.");
        if (query.Reason?.Length > LongestReason) throw ApiException.Invalid($"'reason' has {query.Reason.Length} characters: it must have at most {LongestReason}.");
        var after = query.ContinuationToken is not { } token ? null
            : PredictionPosition.TryParse(token) ?? throw ApiException.Invalid($"'continuationToken' is '{token}': no page ended there. Use a token as the page before gave it, with the same filter.");
        if (await endpoints.TryGetAsync(name, cancellationToken) is null) throw ApiException.NotFound($"endpoint '{name}'", "GET /api/endpoints lists them.");
        // What this process answered before this request belongs to it. Where others answer, they store it themselves in a moment.
        if (context.RequestServices.GetService<PredictionLog>() is { } log) await log.FlushAsync(cancellationToken);
        // One more than is shown says whether there are more.
        var rows = await reader.ReadAsync(name, filter, after, take + 1, Actor.Of(context), query.Reason, cancellationToken);
        return TypedResults.Ok(rows.Count > take ? new Page<LoggedPrediction>([.. rows.Take(take)], PredictionPosition.Of(rows[take - 1]).ToString()) : new(rows, null));
    }

    private static PredictionFilter FilterOf(PredictionsQuery query)
    {
        foreach (var (parameter, text) in (ReadOnlySpan<(string, string?)>)[("variant", query.Variant), ("requestId", query.RequestId), ("reason", query.Reason)])
        {
            if (text?.Any(char.IsControl) is true) throw ApiException.Invalid($"'{parameter}' holds a control character; remove it.");
        }

        if (query is { From: { } from, To: { } to } && from >= to) throw ApiException.Invalid($"'from' is {from:O}, not before 'to' with {to:O}.");
        return new()
        {
            From = query.From?.ToUniversalTime(),
            To = query.To?.ToUniversalTime(),
            Variant = query.Variant,
            Version = query.Version,
            Request = query.RequestId,
            Labelled = query.Labelled,
        };
    }
}

/// <summary>Which logged predictions are wanted; all conditions hold at once.</summary>
/// <param name="From">Event time from here on.</param>
/// <param name="To">Event time before this.</param>
/// <param name="Variant">The variant that answered.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="RequestId">Id of the request.</param>
/// <param name="Labelled">Whether a label has come.</param>
/// <param name="Take">Most rows.</param>
/// <param name="ContinuationToken">Of the page before.</param>
/// <param name="Reason">Why; kept in the audit log.</param>
public sealed record PredictionsQuery(
    DateTimeOffset? From, DateTimeOffset? To, string? Variant, int? Version, string? RequestId, bool? Labelled, int? Take, string? ContinuationToken, string? Reason);
