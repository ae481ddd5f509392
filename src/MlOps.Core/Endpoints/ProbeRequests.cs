namespace MlOps.Core.Endpoints;

/// <summary>Requests that try an endpoint out rather than use it, told by their id: they are answered like any other, and no monitor counts them.</summary>
public static class ProbeRequests
{
    /// <summary>What the ids of such requests begin with.</summary>
    public const string Prefix = "mlops-probe-";

    /// <summary>Whether an id is one of such a request.</summary>
    public static bool IsProbe(string requestId) => requestId.StartsWith(Prefix, StringComparison.Ordinal);
}
