using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Json;
using MlOps.Monitoring.Labels;

namespace MlOps.Functions.Api;

/// <summary>Body of a request with labels.</summary>
/// <param name="Labels">Each with <c>request</c> and <c>row</c>, or with the endpoint's key columns; <c>label</c>; and <c>time</c>, if known.</param>
public sealed record LabelsRequest(IReadOnlyList<JsonElement>? Labels);

/// <summary><c>/api/endpoints/{name}/labels</c>: what turned out to be true of what was predicted.</summary>
internal static class LabelsApi
{
    private const long MostBytes = 256L << 20;

    public static void MapLabels(this IEndpointRouteBuilder routes)
    {
        var labels = routes.MapGroup("/api/endpoints/{name}/labels").WithTags("Labels");
        labels.MapPost("", AddAsync)
            .Accepts<LabelsRequest>("application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.parquet")
            .WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .WithSummary("Say what turned out to be true of predictions, by request or by key: in any order, late, twice. All labels are taken or none");
        labels.MapGet("", GetAsync).WithSummary("What became of the labels: matched, repeated, contradicting, waiting for their prediction, unknown");
    }

    private static async Task<Accepted<AcceptedLabels>> AddAsync(string name, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken)
    {
        var accepted = context.Request.ContentType?.Split(';')[0].Trim() switch
        {
            "application/json" => await inbox.AddAsync(name, await ReadAsync(context, cancellationToken), cancellationToken),
            "application/x-ndjson" => await AddFileAsync(name, LabelFileFormat.Json, inbox, context, cancellationToken),
            "text/csv" => await AddFileAsync(name, LabelFileFormat.Csv, inbox, context, cancellationToken),
            "application/vnd.apache.parquet" => await AddFileAsync(name, LabelFileFormat.Parquet, inbox, context, cancellationToken),
            var other => throw new ApiException(415, "unsupported-media-type", "The labels cannot be read",
                $"'{other}' is no type of labels; send application/json, application/x-ndjson, text/csv or application/vnd.apache.parquet."),
        };
        return TypedResults.Accepted($"/api/endpoints/{name}/labels", accepted);
    }

    private static async Task<Ok<LabelCounts>> GetAsync(string name, LabelLedger ledger, CancellationToken cancellationToken) =>
        TypedResults.Ok(await ledger.SumAsync(name, cancellationToken));

    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<LabelsRequest>(context.Request.Body, MlOpsJson.Compact, cancellationToken);
            return body?.Labels ?? throw ApiException.Invalid("'labels' is missing. Send {\"labels\":[{\"request\":\"…\",\"row\":0,\"label\":…}]}.");
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid($"The body is no JSON: {error.Message}");
        }
    }

    private static async Task<AcceptedLabels> AddFileAsync(string name, LabelFileFormat format, LabelInbox inbox, HttpContext context, CancellationToken cancellationToken)
    {
        // DuckDB reads files; this one is gone when the answer is.
        var path = Path.Combine(Path.GetTempPath(), $"mlops-labels-{Path.GetRandomFileName()}");
        try
        {
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)) await context.Request.Body.CopyToAsync(file, cancellationToken);
            return await inbox.AddFileAsync(name, path, format, cancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
