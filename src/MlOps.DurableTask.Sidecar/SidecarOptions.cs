using System.ComponentModel.DataAnnotations;

namespace MlOps.DurableTask.Sidecar;

/// <summary>How the task hub is offered over gRPC. A value out of range stops the start.</summary>
public sealed record SidecarOptions
{
    /// <summary>Port on the loopback address, 0 to 65,535; 0 takes a free one. Default: 4001, where the SDKs look by themselves.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 4001;

    /// <summary>
    /// Largest message from a client or worker, 64 KiB to 1 GiB. One turn of an orchestrator is one message, with the inputs of all that it
    /// starts. Default: 64 MiB.
    /// </summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int MaxMessageBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Work items of a kind that a worker holds at once where it states no limit, 1 to 10,000. Default: 100.</summary>
    [Range(1, 10_000)]
    public int MaxWorkItemsPerWorker { get; set; } = 100;

    /// <summary>
    /// How long a worker may take over one turn of an orchestrator, 1 second to a day; then the turn is given to another. Activities have no
    /// limit of their own. Default: 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OrchestratorTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
