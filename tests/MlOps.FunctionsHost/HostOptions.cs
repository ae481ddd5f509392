using System.Collections.Concurrent;

namespace MlOps.FunctionsHost;

/// <summary>How the host behaves.</summary>
internal sealed record HostOptions
{
    /// <summary>Application settings: the handler's environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether every call of an activity and every event is delivered a second time, as queues may.</summary>
    public bool DeliverTwice { get; init; }

    /// <summary>How long an activity may take before the host gives it up and delivers it again. Default: 10 minutes.</summary>
    public TimeSpan FunctionTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Activities whose very first delivery is given up at once, as if their time had been over. Default: none.</summary>
    public IReadOnlySet<string> GiveUpFirst { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether the extension understands which instances a start may replace; older ones replace what is finished. Default: no.</summary>
    public bool KnowsReusePolicy { get; init; }

    /// <summary>Activities that were given up for the time they took.</summary>
    public ConcurrentQueue<string> TimedOut { get; } = new();
}
