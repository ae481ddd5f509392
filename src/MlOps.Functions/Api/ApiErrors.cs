using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using MlOps.Core.Specification.Reading;
using MlOps.DurableTask.Functions;
using MlOps.Monitoring.Labels;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Migration;
using MlOps.Storage.Models;
using MlOps.Storage.Tables;

namespace MlOps.Functions.Api;

/// <summary>Errors become problem documents with a stable type. What is not the caller's fault is logged and told without its inside.</summary>
internal sealed partial class ApiErrors(IProblemDetailsService problems, ILogger<ApiErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        var (status, type, title) = exception switch
        {
            BadHttpRequestException bad => (bad.StatusCode, ProblemTypes.Of(bad.StatusCode), "The request cannot be read"),
            PipelineSpecException => (422, "urn:mlops:invalid-pipeline", "The pipeline's file cannot be used"),
            DatasetDeskException => (409, "urn:mlops:not-possible", "It cannot be done with this dataset"),
            ReleaseOrderException => (409, "urn:mlops:not-possible", "It cannot be done with this release"),
            NoDataException => (409, "urn:mlops:no-data", "There is nothing to train on"),
            IdempotencyKeyReusedException => (422, "urn:mlops:idempotency-key-reused", "The key belongs to another request"),
            BundleException => (422, "urn:mlops:invalid-bundle", "The bundle cannot be used"),
            BundleConflictException => (409, "urn:mlops:content-differs", "Other content is there already"),
            // What a model answers cannot be told by files that nobody approved; restored, all goes on.
            PackageException => (409, "urn:mlops:damaged-package", "The package is not what was registered"),
            InvalidLabelsException => (400, "urn:mlops:invalid-labels", "The labels cannot be used"),
            UnknownEndpointException => (404, "urn:mlops:unknown-endpoint", "Unknown endpoint"),
            // What cannot be a name names nothing.
            TableKeyException or BlobNameException => (404, ProblemTypes.Of(404), "There is no such thing"),
            // What was asked for may be written down already; then the next sweep goes on with it.
            ExtensionUnavailableException => (503, "urn:mlops:task-hub-unavailable", "Orchestrations cannot be reached right now"),
            ApiException api => (api.Status, api.Type, api.Title),
            _ => (500, "urn:mlops:internal", "Something went wrong here"),
        };
        if (status is 500) LogUnexpected(context.Request.Method, context.Request.Path, exception);
        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new()
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails
            {
                Status = status,
                Type = type,
                Title = title,
                Detail = status is 500 ? "The server's log has the details." : exception.InnerException is System.Text.Json.JsonException json ? json.Message : exception.Message,
            },
        });
    }

    [LoggerMessage(5001, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogUnexpected(string method, PathString path, Exception exception);
}

/// <summary>A request that cannot be fulfilled, for a reason that the caller can act on.</summary>
internal sealed class ApiException(int status, string type, string title, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Type { get; } = $"urn:mlops:{type}";

    public string Title { get; } = title;

    public static ApiException NotFound(string what, string remedy) => new(404, "not-found", "There is no such thing", $"There is no {what}. {remedy}");

    public static ApiException Conflict(string type, string detail) => new(409, type, "It cannot be done now", detail);

    public static ApiException Invalid(string detail) => new(400, "bad-request", "The request cannot be fulfilled", detail);
}
