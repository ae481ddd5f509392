using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;
using MlOps.DurableTask.Sqlite.Diagnostics;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// The hub at work on one file: from opening it, through recovery, to the failure or stop that ends it. A hub that failed is thrown
/// away, and a new one starts from the file, just as after a crash.
/// </summary>
internal sealed partial class TaskHub : IAsyncDisposable
{
    /// <summary>How long a message waits for the turn that takes it in before it gets a row of its own.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(3);

    /// <summary>The same for the result of an activity, which nobody waits for but its orchestrator.</summary>
    private static readonly TimeSpan ActivityPatience = TimeSpan.FromMilliseconds(10);

    /// <summary>How long activities have to give up after they were cancelled.</summary>
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(5);

    /// <summary>How long one worker takes turns without letting others have its thread.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    private readonly TaskHubOptions options;
    private readonly OrchestratorExecutor executor;
    private readonly ActivityExecutor activityExecutor;
    private readonly ReplayOptions replayOptions;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly IRemoteWorkers? remote;
    private readonly HubFileLock fileLock;
    private readonly CrashGuard crashes;
    private readonly HubMetrics metrics = new();
    private readonly GroupCommitWriter writer;
    private readonly TurnRunner turns;
    private readonly ActivityQueue activities;
    private readonly TimerQueue timers;
    private readonly ITimer sweeper;
    private readonly Channel<LiveInstance> ready = Channel.CreateUnbounded<LiveInstance>();
    private readonly CancellationTokenSource stopActivities = new();
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> workers = [];
    private volatile bool draining;

    private TaskHub(
        TaskHubOptions options, OrchestratorExecutor executor, ActivityExecutor activityExecutor, IRemoteWorkers? remote, TimeProvider time,
        ILogger logger, HubFileLock fileLock, Database database)
    {
        this.options = options;
        this.executor = executor;
        this.activityExecutor = activityExecutor;
        this.time = time;
        this.logger = logger;
        this.fileLock = fileLock;
        this.remote = remote;
        crashes = CrashGuard.Open(database, options);
        Readers = new StoreReaders(options.Path);
        Instances = new InstanceTable(Readers, database.ReadNumber("SELECT max(key) FROM instances"));
        Waiters = new InstanceWaiters();
        writer = new GroupCommitWriter(new StoreWriter(database), metrics, OnWriterFailed, options.OnCommit);
        replayOptions = new ReplayOptions { MaxPayloadBytes = options.MaxPayloadBytes };
        turns = new TurnRunner(executor, replayOptions, remote, Readers, Instances, crashes, metrics, time, OnTurnDurable);
        activities = new ActivityQueue(options.MaxConcurrentActivities, options.MaxConcurrentActivitiesByName.ToDictionary(StringComparer.Ordinal));
        timers = new TimerQueue(time, OnDue);
        metrics.Observe(() => activities.Waiting, () => activities.Running, () => ready.Reader.Count, () => Instances.Count);
        sweeper = time.CreateTimer(_ => Instances.DropIdle(options.MaxIdleInstancesInMemory), null, SweepInterval, SweepInterval);
    }

    public StoreReaders Readers { get; }

    public InstanceTable Instances { get; }

    public InstanceWaiters Waiters { get; }

    /// <summary>Fails when the file does; the hub is of no use any more.</summary>
    public Task Failed => failed.Task;

    /// <summary>Opens the file, takes up what the last process left, and begins to work.</summary>
    /// <exception cref="TaskHubInUseException">Another process uses the file.</exception>
    /// <exception cref="TaskHubStorageException">The file cannot be used.</exception>
    public static async Task<TaskHub> OpenAsync(
        TaskHubOptions options, OrchestratorExecutor executor, ActivityExecutor activityExecutor, IRemoteWorkers? remote, TimeProvider time,
        ILogger logger)
    {
        CreateFolder(options.Path);
        var taken = HubFileLock.Take(options.Path, time.GetUtcNow());
        Database? database = null;
        TaskHub? hub = null;
        try
        {
            database = Database.OpenForWriting(options.Path);
            options.OnOpen?.Invoke(database);
            Schema.Ensure(database);
            RecoveryReader.DropOrphans(database);
            hub = new TaskHub(options, executor, activityExecutor, remote, time, logger, taken, database);
            if (options.RunWorkItems)
                hub.Recover();
            return hub;
        }
        catch (Exception e)
        {
            if (hub is null)
            {
                database?.Dispose();
                taken.Dispose();
            }
            else
            {
                hub.failed.TrySetException(e);
                await hub.DisposeAsync();
            }
            throw;
        }
    }

    /// <summary>Starts an instance; gives false when its id is taken.</summary>
    public async Task<(bool Created, OrchestrationRuntimeStatus Existing)> CreateAsync(
        InstanceRow template, HistoryEvent started, InstanceIdReuse reuse, bool isFresh, CancellationToken cancellationToken)
    {
        var waits = template.StartAt is { } start && start > time.GetUtcNow().UtcTicks;
        Creation? creation = null;
        var instance = Instances.TryCreate(
            template.Id, reuse, isFresh, LivePhase.Idle,
            (key, replaces) => creation = new Creation(template with { Key = key }, Message.Start([started]), replaces), out var existing);
        if (instance is null || creation is null)
        {
            await existing.Durable.WaitAsync(cancellationToken);
            return (false, existing.Status);
        }
        if (options.RunWorkItems && !waits)
        {
            Wake(instance);
            writer.Defer(creation, Patience);
        }
        else
        {
            writer.Submit(creation);
            if (options.RunWorkItems)
                timers.Add(new DueTime(instance.Id, instance.Key, null, null, template.StartAt!.Value));
        }
        await creation.Durable.WaitAsync(cancellationToken);
        return (true, OrchestrationRuntimeStatus.Pending);
    }

    /// <summary>Sends an event or command; gives false when there is no unfinished instance of that id.</summary>
    public async Task<bool> SendAsync(string instanceId, HistoryEvent happened, CancellationToken cancellationToken)
    {
        var message = Message.Of(happened);
        var durable = message.Durable;
        if (!Post(instanceId, message))
            return false;
        if (options.RunWorkItems)
            writer.Defer(message, Patience);
        else
            writer.Submit(message);
        await durable.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>Makes a change to the file that belongs to no turn.</summary>
    public Task ChangeAsync(Action<StoreWriter> write, CancellationToken cancellationToken)
    {
        var change = new StoreAction(write);
        writer.Submit(change);
        return change.Durable.WaitAsync(cancellationToken);
    }

    /// <summary>Stops: lets running activities end within their time, writes what is done, and leaves the rest for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        draining = true;
        timers.Dispose();
        await sweeper.DisposeAsync();
        // A hub that has failed cannot record results any more; waiting for them would only delay the next one.
        await WaitForActivitiesAsync(failed.Task.IsCompleted ? TimeSpan.Zero : options.DrainTimeout);
        await stopActivities.CancelAsync();
        await WaitForActivitiesAsync(CancellationGrace);
        ready.Writer.TryComplete();
        await Task.WhenAll(workers);
        Waiters.Stop(failed.Task.Exception?.InnerException ?? new ObjectDisposedException(nameof(TaskHub), "The task hub has stopped."));
        Readers.Dispose();
        // The last connection to close moves the write-ahead log into the file.
        writer.Dispose();
        crashes.Dispose();
        metrics.Dispose();
        fileLock.Dispose();
        stopActivities.Dispose();
        rewinding.Dispose();
    }

    private static void CreateFolder(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TaskHubStorageException(path, $"its folder cannot be made ({e.Message}) Check the path and its permissions.", e);
        }
    }

    private void Recover()
    {
        List<PendingActivity> pending;
        using (var lease = Readers.Rent())
        {
            foreach (var due in RecoveryReader.ReadDueTimes(lease.Reader.Database))
                timers.Add(due);
            pending = RecoveryReader.ReadActivities(lease.Reader);
            foreach (var id in RecoveryReader.ReadInstancesWithMessages(lease.Reader.Database))
            {
                if (Instances.Find(id) is { } instance)
                    Wake(instance);
            }
        }
        foreach (var activity in pending)
        {
            if (Instances.Find(activity.InstanceId) is { } instance)
                AddActivity(new ActivityCall(instance, activity.Execution, activity.ExecutionToken, activity.Scheduled));
        }
        LogRecovered(options.Path, pending.Count, Instances.Count);
        for (var i = 0; i < options.MaxConcurrentOrchestrations; i++)
            workers.Add(Task.Run(TakeTurnsAsync, CancellationToken.None));
        StartActivities();
    }

    private void OnWriterFailed(Exception cause) => failed.TrySetException(cause);

    [LoggerMessage(3104, LogLevel.Information, "Task hub {Path} is at work: {Activities} activities to run again, {Instances} instances with something to do")]
    private partial void LogRecovered(string path, int activities, int instances);
}
