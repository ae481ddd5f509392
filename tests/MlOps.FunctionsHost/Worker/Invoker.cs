using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using MlOps.FunctionsHost.Publishing;

namespace MlOps.FunctionsHost.Worker;

/// <summary>Invokes functions over HTTP, and reads what comes back as the host does, only less forgiving.</summary>
internal sealed class Invoker(Uri handler) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = handler, Timeout = Timeout.InfiniteTimeSpan };
    private readonly ConcurrentQueue<string> _logs = new();
    private int _invocations;

    /// <summary>Lines that functions logged.</summary>
    public IReadOnlyCollection<string> Lines => _logs;

    /// <summary>Invokes a function; its return value.</summary>
    /// <exception cref="HandlerFailedException">The answer is not 2xx.</exception>
    public async Task<JsonNode?> InvokeAsync(PublishedFunction function, JsonObject data, JsonObject metadata, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["Data"] = data, ["Metadata"] = metadata };
        var answer = await PostAsync(function.Name, body.ToJsonString(), cancellationToken);
        return Read(function, answer);
    }

    /// <summary>Posts any text at all to the path of a function; the text of a 2xx answer.</summary>
    public async Task<string> PostAsync(string function, string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, function);
        // The host writes JSON with Web API's formatter: UTF-8, and it says so.
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json", "utf-8"));
        AddHeaders(request.Headers);
        request.Headers.UserAgent.ParseAdd("Azure-Functions-Host/4.1040.100.1");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode) throw new HandlerFailedException((int)response.StatusCode, response.ReasonPhrase ?? "", text);
        if (response.Content.Headers.ContentType?.MediaType is not "application/json")
            throw new HostRuleException($"Function '{function}' answered with content type '{response.Content.Headers.ContentType}'; the host reads application/json.");
        return text;
    }

    /// <summary>The headers that tell a handler which invocation it serves; on proxied requests too, whatever the caller had sent.</summary>
    public void AddHeaders(HttpRequestHeaders headers)
    {
        headers.Remove("X-Azure-Functions-InvocationId");
        headers.Add("X-Azure-Functions-InvocationId", Interlocked.Increment(ref _invocations).ToString("x8", CultureInfo.InvariantCulture));
        headers.Remove("X-Azure-Functions-HostVersion");
        headers.Add("X-Azure-Functions-HostVersion", "4.1040.100.1");
    }

    public void Dispose() => _http.Dispose();

    private JsonNode? Read(PublishedFunction function, string text)
    {
        var answer = JsonNode.Parse(text) as JsonObject ?? throw new HostRuleException($"Function '{function.Name}' answered with JSON that is no object.");
        if (answer.Select(p => p.Key).Except(["Outputs", "Logs", "ReturnValue"], StringComparer.OrdinalIgnoreCase).ToList() is not [])
            throw new HostRuleException($"Function '{function.Name}' answered with more than Outputs, Logs and ReturnValue: {text}");
        foreach (var line in answer["Logs"] as JsonArray ?? [])
            _logs.Enqueue(line?.GetValueKind() is System.Text.Json.JsonValueKind.String ? (string)line! : throw new HostRuleException($"Function '{function.Name}' logged something that is no text."));
        var outputs = function.Bindings.Where(b => (string)b["direction"]! is "out").Select(b => (string)b["name"]!);
        if ((answer["Outputs"] as JsonObject ?? []).Select(p => p.Key).Except(outputs).ToList() is [var unknown, ..])
            throw new HostRuleException($"Function '{function.Name}' wrote to output '{unknown}', which its function.json does not have.");
        return answer["ReturnValue"];
    }
}
