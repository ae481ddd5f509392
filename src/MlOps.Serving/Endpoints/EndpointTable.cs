using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace MlOps.Serving.Endpoints;

/// <summary>The endpoints that answer now. Requests read it, the follower changes it; neither waits for the other.</summary>
internal sealed class EndpointTable : IDisposable
{
    private readonly ConcurrentDictionary<string, LoadedModel> champions = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => champions.Keys;

    /// <summary>The model behind an endpoint, kept in memory until the caller disposes it.</summary>
    public bool TryUse(string endpoint, [NotNullWhen(true)] out LoadedModel? model)
    {
        // A model that was let go between the look-up and the use has a successor in the table.
        while (champions.TryGetValue(endpoint, out model))
        {
            if (model.TryUse()) return true;
        }

        return false;
    }

    /// <summary>Puts a model in front; the one before goes when its last request is answered.</summary>
    public void Switch(string endpoint, LoadedModel model)
    {
        LoadedModel? before = null;
        champions.AddOrUpdate(endpoint, model, (_, old) => (before = old, model).model);
        before?.Dispose();
    }

    public void Remove(string endpoint)
    {
        if (champions.TryRemove(endpoint, out var before)) before.Dispose();
    }

    public void Dispose()
    {
        foreach (var endpoint in champions.Keys) Remove(endpoint);
    }
}
