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
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(3);

    /// <summary>The same for the result of an activity, which nobody waits for but its orchestrator.</summary>
    private static readonly TimeSpan s_activityPatience = TimeSpan.FromMilliseconds(10);

    /// <summary>How long activities have to give up after they were cancelled.</summary>
    private static readonly TimeSpan s_cancellationGrace = TimeSpan.FromSeconds(5);

    /// <summary>How long one worker takes turns without letting others have its thread.</summary>
    private static readonly TimeSpan s_longestRun = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(10);

    private readonly TaskHubOptions _options;
    private readonly OrchestratorExecutor _executor;
    private readonly ActivityExecutor _activityExecutor;
    private readonly ReplayOptions _replayOptions;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IRemoteWorkers? _remote;
    private readonly HubFileLock _fileLock;
    private readonly CrashGuard _crashes;
    private readonly HubMetrics _metrics = new();
    private readonly GroupCommitWriter _writer;
    private readonly TurnRunner _turns;
    private readonly ActivityQueue _activities;
    private readonly TimerQueue _timers;
    private readonly ITimer _sweeper;
    private readonly Channel<LiveInstance> _ready = Channel.CreateUnbounded<LiveInstance>();
    private readonly CancellationTokenSource _stopActivities = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _workers = [];
    private volatile bool _draining;

    private TaskHub(
        TaskHubOptions options, OrchestratorExecutor executor, ActivityExecutor activityExecutor, IRemoteWorkers? remote, TimeProvider time,
        ILogger logger, HubFileLock fileLock, Database database)
    {
        _options = options;
        _executor = executor;
        _activityExecutor = activityExecutor;
        _time = time;
        _logger = logger;
        _fileLock = fileLock;
        _remote = remote;
        _crashes = CrashGuard.Open(database, options);
        Readers = new StoreReaders(options.Path);
        Instances = new InstanceTable(Readers, database.ReadNumber("SELECT max(key) FROM instances"));
        Waiters = new InstanceWaiters();
        _writer = new GroupCommitWriter(new StoreWriter(database), _metrics, OnWriterFailed, options.OnCommit);
        _replayOptions = new ReplayOptions { MaxPayloadBytes = options.MaxPayloadBytes };
        _turns = new TurnRunner(executor, _replayOptions, remote, Readers, Instances, _crashes, _metrics, time, OnTurnDurable);
        _activities = new ActivityQueue(options.MaxConcurrentActivities, options.MaxConcurrentActivitiesByName.ToDictionary(StringComparer.Ordinal));
        _timers = new TimerQueue(time, OnDue);
        _metrics.Observe(() => _activities.Waiting, () => _activities.Running, () => _ready.Reader.Count, () => Instances.Count);
        _sweeper = time.CreateTimer(_ => Instances.DropIdle(options.MaxIdleInstancesInMemory), null, s_sweepInterval, s_sweepInterval);
    }

    public StoreReaders Readers { get; }

    public InstanceTable Instances { get; }

    public InstanceWaiters Waiters { get; }

    /// <summary>Fails when the file does; the hub is of no use any more.</summary>
    public Task Failed => _failed.Task;

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
                hub._failed.TrySetException(e);
                await hub.DisposeAsync();
            }
            throw;
        }
    }

    /// <summary>Starts an instance; gives false when its id is taken.</summary>
    public async Task<(bool Created, OrchestrationRuntimeStatus Existing)> CreateAsync(
        InstanceRow template, HistoryEvent started, InstanceIdReuse reuse, bool isFresh, CancellationToken cancellationToken)
    {
        var waits = template.StartAt is { } start && start > _time.GetUtcNow().UtcTicks;
        Creation? creation = null;
        var instance = Instances.TryCreate(
            template.Id, reuse, isFresh, LivePhase.Idle,
            (key, replaces) => creation = new Creation(template with { Key = key }, Message.Start([started]), replaces), out var existing);
        if (instance is null || creation is null)
        {
            await existing.Durable.WaitAsync(cancellationToken);
            return (false, existing.Status);
        }
        if (_options.RunWorkItems && !waits)
        {
            Wake(instance);
            _writer.Defer(creation, s_patience);
        }
        else
        {
            _writer.Submit(creation);
            if (_options.RunWorkItems)
                _timers.Add(new DueTime(instance.Id, instance.Key, null, null, template.StartAt!.Value));
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
        if (_options.RunWorkItems)
            _writer.Defer(message, s_patience);
        else
            _writer.Submit(message);
        await durable.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>Makes a change to the file that belongs to no turn.</summary>
    public Task ChangeAsync(Action<StoreWriter> write, CancellationToken cancellationToken)
    {
        var change = new StoreAction(write);
        _writer.Submit(change);
        return change.Durable.WaitAsync(cancellationToken);
    }

    /// <summary>Stops: lets running activities end within their time, writes what is done, and leaves the rest for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        _draining = true;
        _timers.Dispose();
        await _sweeper.DisposeAsync();
        // A hub that has failed cannot record results any more; waiting for them would only delay the next one.
        await WaitForActivitiesAsync(_failed.Task.IsCompleted ? TimeSpan.Zero : _options.DrainTimeout);
        await _stopActivities.CancelAsync();
        await WaitForActivitiesAsync(s_cancellationGrace);
        _ready.Writer.TryComplete();
        await Task.WhenAll(_workers);
        Waiters.Stop(_failed.Task.Exception?.InnerException ?? new ObjectDisposedException(nameof(TaskHub), "The task hub has stopped."));
        Readers.Dispose();
        // The last connection to close moves the write-ahead log into the file.
        _writer.Dispose();
        _crashes.Dispose();
        _metrics.Dispose();
        _fileLock.Dispose();
        _stopActivities.Dispose();
        _rewinding.Dispose();
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
                _timers.Add(due);
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
        LogRecovered(_options.Path, pending.Count, Instances.Count);
        for (var i = 0; i < _options.MaxConcurrentOrchestrations; i++)
            _workers.Add(Task.Run(TakeTurnsAsync, CancellationToken.None));
        StartActivities();
    }

    private void OnWriterFailed(Exception cause) => _failed.TrySetException(cause);

    [LoggerMessage(3104, LogLevel.Information, "Task hub {Path} is at work: {Activities} activities to run again, {Instances} instances with something to do")]
    private partial void LogRecovered(string path, int activities, int instances);
}
