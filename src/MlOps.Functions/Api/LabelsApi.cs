using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Json;
using MlOps.Monitoring.Labels;

namespace MlOps.Functions.Api;

/// <summary>Body of a request with labels.</summary>
/// <param name="Labels">Each with <c>request</c> and <c>row</c>, or with the endpoint's key columns; <c>label</c>; and <c>time</c>, if known.</param>
/// <param name="Reason">Of corrections: why.</param>
public sealed record LabelsRequest(IReadOnlyList<JsonElement>? Labels, string? Reason = null);

/// <summary><c>/api/endpoints/{name}/labels</c>: what turned out to be true of what was predicted.</summary>
internal static class LabelsApi
{
    private const long MostBytes = 256L << 20;

    public static void MapLabels(this IEndpointRouteBuilder routes)
    {
        var labels = routes.MapGroup("/api/endpoints/{name}/labels").WithTags("Labels");
        Describe(labels.MapPost("", (string name, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken) =>
            TakeAsync(name, null, inbox, context, cancellationToken)))
            .WithSummary("Say what turned out to be true of predictions, by request or by key: in any order, late, twice. All labels are taken or none");
        Describe(labels.MapPut("", (string name, string? reason, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken) =>
            TakeAsync(name, new LabelCorrection(Actor.Of(context), reason ?? ""), inbox, context, cancellationToken)))
            .WithSummary("Put labels right: these stand from now on. Who did it, why, and what stood before is audited; 'reason' is needed, in the body or beside it");
        labels.MapGet("", GetAsync).WithSummary("What became of the labels: matched, repeated, contradicting, corrected, waiting for their prediction, unknown");

        static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
            .Accepts<LabelsRequest>("application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.parquet")
            .WithMetadata(new RequestSizeLimitAttribute(MostBytes));
    }

    private static async Task<Accepted<AcceptedLabels>> TakeAsync(string name, LabelCorrection? correction, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken)
    {
        var accepted = context.Request.ContentType?.Split(';')[0].Trim() switch
        {
            "application/json" => await AddAsync(name, correction, inbox, context, cancellationToken),
            "application/x-ndjson" => await AddFileAsync(name, LabelFileFormat.Json, correction, inbox, context, cancellationToken),
            "text/csv" => await AddFileAsync(name, LabelFileFormat.Csv, correction, inbox, context, cancellationToken),
            "application/vnd.apache.parquet" => await AddFileAsync(name, LabelFileFormat.Parquet, correction, inbox, context, cancellationToken),
            var other => throw new ApiException(415, "unsupported-media-type", "The labels cannot be read",
                $"'{other}' is no type of labels; send application/json, application/x-ndjson, text/csv or application/vnd.apache.parquet."),
        };
        return TypedResults.Accepted($"/api/endpoints/{name}/labels", accepted);
    }

    private static async Task<Ok<LabelCounts>> GetAsync(string name, LabelLedger ledger, CancellationToken cancellationToken) =>
        TypedResults.Ok(await ledger.SumAsync(name, cancellationToken));

    private static async Task<AcceptedLabels> AddAsync(string name, LabelCorrection? correction, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken)
    {
        var (labels, reason) = await ReadAsync(context, cancellationToken);
        if (reason is not null && correction is null) throw ApiException.Invalid("'reason' belongs to corrections; send them with PUT.");
        return await inbox.AddAsync(name, labels!, reason is null ? correction : correction! with { Reason = reason }, cancellationToken);
    }

    private static async Task<LabelsRequest> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<LabelsRequest>(context.Request.Body, MlOpsJson.Compact, cancellationToken);
            return body is { Labels: not null } ? body : throw ApiException.Invalid("'labels' is missing. Send {\"labels\":[{\"request\":\"…\",\"row\":0,\"label\":…}]}.");
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid($"The body is no JSON: {error.Message}");
        }
    }

    private static async Task<AcceptedLabels> AddFileAsync(string name, LabelFileFormat format, LabelCorrection? correction, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken)
    {
        // DuckDB reads files; this one is gone when the answer is.
        var path = Path.Combine(Path.GetTempPath(), $"mlops-labels-{Path.GetRandomFileName()}");
        try
        {
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)) await context.Request.Body.CopyToAsync(file, cancellationToken);
            return await inbox.AddFileAsync(name, path, format, correction, cancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
