namespace MlOps.Functions.Hosting;

/// <summary>How to host everything in one process.</summary>
public sealed record HostSettings
{
    /// <summary>The state.</summary>
    public required HomeFolder Home { get; init; }

    /// <summary>Folder with <c>workflows/</c> and <c>node_modules/</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Where to listen; port 0 takes a free one. Default: <c>http://127.0.0.1:7071</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:7071";

    /// <summary>
    /// Port on the loopback address where Durable Task SDKs of other languages connect (gRPC); 0 takes a free one. Default: none, nobody can.
    /// </summary>
    public int? GrpcPort { get; init; }

    /// <summary>Settings beside those of the environment, and before them: <c>Storage:Container</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Whether to run orchestrations, triggers and serving; without, the API only tells. Default: yes.</summary>
    public bool RunWork { get; init; } = true;

    /// <summary>Whether information is logged, or only what needs attention. Logs go to standard error.</summary>
    public bool Verbose { get; init; } = true;
}
