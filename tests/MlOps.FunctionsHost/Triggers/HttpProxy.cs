using MlOps.FunctionsHost.Publishing;
using MlOps.FunctionsHost.Worker;

namespace MlOps.FunctionsHost.Triggers;

/// <summary>The host's front: finds the function whose route a request from outside takes, and passes the request on as it is.</summary>
internal sealed class HttpProxy(PublishedApp app, Invoker invoker, Uri handler) : IDisposable
{
    /// <summary>The key of every function that wants one.</summary>
    public const string FunctionKey = "the-functions-key";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>Sends a request as a caller outside does; its URI is relative to the application.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // As the host's own server reads a path: dots are gone before routes are looked at.
        var url = new Uri(new Uri("https://app.example"), request.RequestUri!);
        var method = request.Method.Method.ToLowerInvariant();
        var taken = app.Functions.Where(f => f.TriggerType is "httpTrigger" && Takes(f, url.AbsolutePath))
            .OrderByDescending(f => ((string)f.Trigger["route"]!).Split('/').Count(s => !s.StartsWith('{'))).FirstOrDefault(f => f.Trigger["methods"]!.AsArray().Any(m => (string)m! == method));
        if (taken is null) return new(System.Net.HttpStatusCode.NotFound) { RequestMessage = request };
        if (!taken.IsProxied) throw new HostRuleException($"Function '{taken.Name}' has an HTTP trigger and other bindings.");
        if ((string)taken.Trigger["authLevel"]! is "function" && !url.Query.Contains($"code={FunctionKey}", StringComparison.Ordinal))
            return new(System.Net.HttpStatusCode.Unauthorized) { RequestMessage = request };

        request.RequestUri = new Uri(handler, url.PathAndQuery);
        invoker.AddHeaders(request.Headers);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static bool Takes(PublishedFunction function, string path)
    {
        var route = ((string)function.Trigger["route"]!).Split('/');
        var segments = path.Trim('/').Split('/');
        for (var i = 0; i < route.Length; i++)
        {
            if (route[i].StartsWith("{*", StringComparison.Ordinal)) return true;
            if (i >= segments.Length || (!route[i].StartsWith('{') && !string.Equals(route[i], segments[i], StringComparison.OrdinalIgnoreCase))) return false;
        }

        return segments.Length == route.Length;
    }
}
