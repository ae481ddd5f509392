using System.Collections.Concurrent;

namespace MlOps.Serving.Health;

/// <summary>Whether this process should be sent requests, and why not.</summary>
internal sealed class ServingState
{
    private readonly ConcurrentDictionary<string, string> _unserved = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _behind = new(StringComparer.Ordinal);
    private volatile bool _followed;
    private volatile bool _draining;

    /// <summary>What keeps the process from being ready; empty when it is.</summary>
    public IReadOnlyList<string> Obstacles
    {
        get
        {
            if (_draining) return ["the server is stopping"];
            if (!_followed) return ["the endpoints' manifests were not read yet"];
            return [.. _unserved.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"endpoint '{e.Key}' does not answer: {e.Value}")];
        }
    }

    /// <summary>Endpoints that answer, but not with what their newest manifest says.</summary>
    public IReadOnlyDictionary<string, string> Behind => _behind;

    /// <summary>The manifests were read, from storage or from the cache.</summary>
    public void Followed() => _followed = true;

    /// <summary>An endpoint follows its newest manifest, or is gone.</summary>
    public void Settle(string endpoint)
    {
        _unserved.TryRemove(endpoint, out _);
        _behind.TryRemove(endpoint, out _);
    }

    /// <summary>An endpoint's newest manifest cannot be followed.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="problem">Why.</param>
    /// <param name="answers">Whether an earlier one answers.</param>
    public void Note(string endpoint, string problem, bool answers)
    {
        // What is true now before what was: at no moment does it seem settled.
        (answers ? _behind : _unserved)[endpoint] = problem;
        (answers ? _unserved : _behind).TryRemove(endpoint, out _);
    }

    /// <summary>The server was told to stop.</summary>
    public void Drain() => _draining = true;
}
