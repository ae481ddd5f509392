using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Jobs of a workspace through Azure Resource Manager. Throttling, 5xx and broken connections are tried again by the pipeline.</summary>
/// <remarks>Microsoft.MachineLearningServices/workspaces/jobs, API version 2024-10-01.</remarks>
internal sealed class AzureMlClient(HttpPipeline pipeline, IOptions<AzureMlOptions> options)
{
    private const string Version = "api-version=2024-10-01";

    /// <summary>ARM id of the workspace.</summary>
    public string WorkspaceId =>
        $"/subscriptions/{options.Value.SubscriptionId}/resourceGroups/{options.Value.ResourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/{options.Value.Workspace}";

    /// <summary>A job, or <see langword="null"/> when there is none of that name.</summary>
    public async Task<AzureMlJob?> TryGetAsync(string id, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(RequestMethod.Get, id, "", null, cancellationToken);
        return answer.Status is 404 ? null : Read(id, answer);
    }

    /// <summary>Submits a job. A job of that name that is there already is not submitted again.</summary>
    /// <exception cref="RequestFailedException">The service refused it.</exception>
    public async Task<AzureMlJob> SubmitAsync(string id, JsonObject properties, CancellationToken cancellationToken)
    {
        // A job never changes, so a second PUT would be an error: after a crash the first one's job is found.
        if (await TryGetAsync(id, cancellationToken) is { } there) return there;
        using var answer = await SendAsync(RequestMethod.Put, id, "", new JsonObject { ["properties"] = properties }, cancellationToken);
        return Read(id, answer);
    }

    /// <summary>Asks for a job to be cancelled; one that is gone or has ended is left as it is.</summary>
    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (await TryGetAsync(id, cancellationToken) is null or { IsFinal: true }) return;
        using var answer = await SendAsync(RequestMethod.Post, id, "/cancel", null, cancellationToken);
        // 400 and 409: it has ended between the two requests.
        if (answer.IsError && answer.Status is not (404 or 400 or 409)) throw new RequestFailedException(answer);
    }

    private async Task<Response> SendAsync(RequestMethod method, string id, string action, JsonObject? body, CancellationToken cancellationToken)
    {
        // Not disposed here: the answer, which is read to its end already, would go with it.
        var message = pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(new Uri(options.Value.Endpoint, $"{WorkspaceId}/jobs/{Uri.EscapeDataString(id)}{action}?{Version}"));
        message.Request.Headers.Add(HttpHeader.Common.JsonAccept);
        if (body is not null)
        {
            message.Request.Headers.Add(HttpHeader.Common.JsonContentType);
            message.Request.Content = RequestContent.Create(JsonSerializer.SerializeToUtf8Bytes(body));
        }

        await pipeline.SendAsync(message, cancellationToken);
        return message.Response;
    }

    private static AzureMlJob Read(string id, Response answer)
    {
        if (answer.IsError) throw new RequestFailedException(answer);
        using var document = JsonDocument.Parse(answer.Content);
        var properties = document.RootElement.GetProperty("properties");
        // A job that was just accepted may have no status yet.
        var status = properties.TryGetProperty("status", out var word) ? word.GetString() : null;
        var studio = properties.TryGetProperty("services", out var services) && services.ValueKind is JsonValueKind.Object
            && services.TryGetProperty("Studio", out var page) && page.TryGetProperty("endpoint", out var address) ? address.GetString() : null;
        return new AzureMlJob(id, status ?? "NotStarted", studio);
    }
}
