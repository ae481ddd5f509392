using System.Diagnostics;
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
    public static TaskHub Open(
        TaskHubOptions options, OrchestratorExecutor executor, ActivityExecutor activityExecutor, IRemoteWorkers? remote, TimeProvider time,
        ILogger logger)
    {
        CreateFolder(options.Path);
        var taken = HubFileLock.Take(options.Path, time.GetUtcNow());
        Database? database = null;
        try
        {
            database = Database.OpenForWriting(options.Path);
            options.OnOpen?.Invoke(database);
            Schema.Ensure(database);
            RecoveryReader.DropOrphans(database);
            var hub = new TaskHub(options, executor, activityExecutor, remote, time, logger, taken, database);
            if (options.RunWorkItems)
                hub.Recover();
            return hub;
        }
        catch
        {
            database?.Dispose();
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Starts an instance; gives false when its id is taken.</summary>
    public async Task<(bool Created, OrchestrationRuntimeStatus Existing)> CreateAsync(
        InstanceRow template, HistoryEvent started, InstanceIdReuse reuse, bool isFresh, CancellationToken cancellationToken)
    {
        var waits = template.StartAt is { } start && start > time.GetUtcNow().UtcTicks;
        var instance = Instances.TryCreate(
            template.Id, reuse, isFresh, LivePhase.Idle,
            (key, replaces) => new Creation(template with { Key = key }, Message.Start([started]), replaces), out var existing);
        if (instance?.Creation is not { } creation)
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

    private async Task TakeTurnsAsync()
    {
        var lastYield = Stopwatch.GetTimestamp();
        await foreach (var instance in ready.Reader.ReadAllAsync(CancellationToken.None))
        {
            // A long queue of turns must not keep the pool's few threads from the results of activities.
            if (Stopwatch.GetElapsedTime(lastYield) > LongestRun)
            {
                await Task.Yield();
                lastYield = Stopwatch.GetTimestamp();
            }
            var turn = TakeTurnAsync(instance);
            // A turn in this process is over when it returns. One elsewhere goes on by itself, and must not keep others waiting.
            if (turn.IsCompleted)
                await turn;
        }
    }

    private async Task TakeTurnAsync(LiveInstance instance)
    {
        try
        {
            metrics.TurnStarted(instance.ReadySince);
            var start = Stopwatch.GetTimestamp();
            writer.Submit(await turns.RunAsync(instance, stopActivities.Token));
            metrics.TurnEnded(start);
        }
        catch (OperationCanceledException) when (stopActivities.IsCancellationRequested)
        {
            // Taken again at the next start: what it was to take in is on disk, or comes again.
        }
        // The file failed: what fails otherwise fails its own instance only. The hub starts over from what is on disk.
        catch (Exception e)
        {
            LogTurnFailed(instance.Id, e);
            failed.TrySetException(e);
        }
    }

    /// <summary>Finds the instance and puts a message into its inbox.</summary>
    private bool Post(string instanceId, Message message)
    {
        while (Instances.Find(instanceId) is { } instance)
        {
            if (Accept(instance, message, wasAnnounced: false))
                return true;
        }
        return false;
    }

    private bool Accept(LiveInstance instance, Message message, bool wasAnnounced)
    {
        lock (instance.Gate)
        {
            if (wasAnnounced)
                instance.Announced--;
            if (instance.Phase == LivePhase.Removed)
                return false;
            if (!wasAnnounced)
                instance.GivePlace(message);
            instance.Add(message);
        }
        Wake(instance);
        return true;
    }

    /// <summary>Queues an instance for a turn if it has anything to do and is not queued already.</summary>
    private void Wake(LiveInstance instance)
    {
        lock (instance.Gate)
        {
            if (instance.Phase != LivePhase.Idle || !options.RunWorkItems || !instance.HasMessages || !instance.MayRun(time.GetUtcNow().UtcTicks))
                return;
            instance.Phase = LivePhase.Ready;
            instance.ReadySince = Stopwatch.GetTimestamp();
        }
        ready.Writer.TryWrite(instance);
    }

    private void OnTurnDurable(TurnCommit commit)
    {
        var instance = commit.Instance;
        var changed = commit.Status != instance.Status;
        instance.Status = commit.Status;
        instance.CustomStatus = commit.CustomStatus;
        foreach (var (timerId, due) in commit.Timers)
            timers.Add(new DueTime(instance.Id, instance.Key, timerId, instance.Execution, due));
        foreach (var call in commit.Activities)
            AddActivity(call);
        foreach (var child in commit.Children)
            Begin(child);
        foreach (var (receiver, message) in commit.Outgoing)
        {
            if (!Accept(receiver, message, wasAnnounced: true))
                writer.Submit(new StoreAction(store => store.DeleteMessage(message.Position)));
        }

        if (commit.IsFinal)
            Finish(instance);
        else
            GoOn(instance, commit.NextExecution);
        if (changed)
            Waiters.Changed(instance.Id);
        if (commit.Activities.Count > 0)
            StartActivities();
    }

    private void Begin(LiveInstance child)
    {
        child.Creation!.OnDurable();
        child.Creation = null;
        lock (child.Gate)
            child.Phase = LivePhase.Idle;
        Wake(child);
    }

    private void Finish(LiveInstance instance)
    {
        List<Message> late;
        lock (instance.Gate)
        {
            instance.Phase = LivePhase.Removed;
            late = instance.TakeMessages();
        }
        Instances.Remove(instance);
        CancelActivities(instance);
        metrics.Finished(instance.Status);
        LogFinished(instance.Id, instance.Name, instance.Status);
        foreach (var message in late)
        {
            // A finished instance discards what it is sent, and says so by accepting it.
            message.IsObsolete = true;
            if (message.IsWritten)
                writer.Submit(new StoreAction(store => store.DeleteMessage(message.Position)));
            message.OnDurable();
        }
    }

    private void GoOn(LiveInstance instance, Message? nextExecution)
    {
        if (nextExecution is not null)
        {
            CancelActivities(instance);
            instance.Turns = null;
            instance.Started = null;
            instance.LastTurn = 0;
        }
        lock (instance.Gate)
        {
            if (nextExecution is not null)
                instance.AddFirst(nextExecution);
            instance.Phase = LivePhase.Idle;
            instance.IdleSince = time.GetTimestamp();
        }
        Wake(instance);
    }

    private void OnDue(DueTime due)
    {
        try
        {
            if (Instances.Find(due.InstanceId) is not { } instance || instance.Key != due.Key)
                return;
            if (due.TimerId is { } timerId)
                Accept(instance, Message.OfTimer(due.Execution, timerId, HubEvents.TimerFired(time.GetUtcNow(), timerId, due.Due)), wasAnnounced: false);
            else
                Wake(instance);
        }
        // Nobody is above this on the timer's thread. The timer stays on disk, and fires in the hub that takes over.
        catch (Exception e)
        {
            LogTimerLost(due.InstanceId, e);
            failed.TrySetException(e);
        }
    }

    private void OnWriterFailed(Exception cause) => failed.TrySetException(cause);

    [LoggerMessage(3107, LogLevel.Error, "Instance {InstanceId}: a timer could not be delivered; the task hub starts over from its file")]
    private partial void LogTimerLost(string instanceId, Exception exception);

    [LoggerMessage(3104, LogLevel.Information, "Task hub {Path} is at work: {Activities} activities to run again, {Instances} instances with something to do")]
    private partial void LogRecovered(string path, int activities, int instances);

    [LoggerMessage(3105, LogLevel.Debug, "Instance {InstanceId} of {Orchestrator} is finished: {Status}")]
    private partial void LogFinished(string instanceId, string orchestrator, OrchestrationRuntimeStatus status);

    [LoggerMessage(3101, LogLevel.Error, "Instance {InstanceId}: a turn could not be taken; the task hub starts over from its file")]
    private partial void LogTurnFailed(string instanceId, Exception exception);
}
