using System.ComponentModel.DataAnnotations;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite;

/// <summary>How the embedded task hub works. A value out of range stops the start.</summary>
public sealed record TaskHubOptions
{
    /// <summary>The hub's SQLite file; its folder is created. Beside it lie its -wal, -shm, -lock and -owner. No default.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Path { get; set; } = "";

    /// <summary>
    /// Whether orchestrations and activities run here. If not, clients of this process start, query and signal instances, and a later
    /// process runs them. Default: they run.
    /// </summary>
    public bool RunWorkItems { get; set; } = true;

    /// <summary>Most activities at once, 1 to 10,000. Default: 2 a processor.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrentActivities { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>Most activities at once of a name, each at least 1. Default: no limit of their own.</summary>
    public IDictionary<string, int> MaxConcurrentActivitiesByName { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Most orchestrators at once, 1 to 1,000. They only compute, so more than processors gains little. Default: 2 a processor.</summary>
    [Range(1, 1_000)]
    public int MaxConcurrentOrchestrations { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>Largest input, output, event or status as JSON in UTF-8, 1 KiB to 512 MiB. Default: 4 MiB.</summary>
    [Range(1024, 512 * 1024 * 1024)]
    public int MaxPayloadBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// How often the process may die while a work item runs before the item is failed with <see cref="PoisonedWorkItemException"/>,
    /// 1 to 1,000. From the second time on, an activity is run with no other suspect beside it, so that the innocent clear themselves.
    /// Default: 10.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxCrashes { get; set; } = 10;

    /// <summary>Waiting instances that stay in memory; further ones are replayed from disk when something happens to them, 0 to 10,000,000. Default: 20,000.</summary>
    [Range(0, 10_000_000)]
    public int MaxIdleInstancesInMemory { get; set; } = 20_000;

    /// <summary>How long a stop waits for running activities before it cancels them, up to a day. Default: 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a hub whose file failed waits before it tries again.</summary>
    internal TimeSpan RestartDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Called with the writing connection before anything is written; a test sets SQLite's own limits there.</summary>
    internal Action<Database>? OnOpen { get; set; }

    /// <summary>Called around every commit; a test makes the hub crash there by throwing.</summary>
    internal Action<CommitPoint>? OnCommit { get; set; }
}
