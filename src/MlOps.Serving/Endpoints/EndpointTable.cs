using System.Collections.Concurrent;

namespace MlOps.Serving.Endpoints;

/// <summary>The endpoints that answer now. Requests read it, the follower changes it; neither waits for the other.</summary>
internal sealed class EndpointTable : IDisposable
{
    private readonly ConcurrentDictionary<string, ServedEndpoint> _endpoints = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _endpoints.Keys;

    public ServedEndpoint? Find(string endpoint) => _endpoints.GetValueOrDefault(endpoint);

    /// <summary>Takes up a manifest; the models of the one before go when their last request is answered.</summary>
    public void Switch(ServedEndpoint endpoint)
    {
        ServedEndpoint? before = null;
        _endpoints.AddOrUpdate(endpoint.Name, endpoint, (_, old) => (before = old, endpoint).endpoint);
        before?.Dispose();
    }

    public void Remove(string endpoint)
    {
        if (_endpoints.TryRemove(endpoint, out var before)) before.Dispose();
    }

    public void Dispose()
    {
        foreach (var endpoint in _endpoints.Keys) Remove(endpoint);
    }
}
