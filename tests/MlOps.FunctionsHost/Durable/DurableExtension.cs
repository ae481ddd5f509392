using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;

namespace MlOps.FunctionsHost.Durable;

/// <summary>The Durable Task extension with its history in memory: turns, activities, timers, sub-orchestrations, events.</summary>
internal sealed class DurableExtension(OrchestratorTurns turns, ActivityCalls activities, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<string, HubInstance> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _work = [];
    private readonly List<Exception> _faults = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts an instance; <see langword="false"/> when one of its id stands in the way.</summary>
    public bool TryStart(string name, string id, string? input, Func<OrchestrationStatus, bool> mayReplace, (string Id, int TaskScheduledId)? parent = null)
    {
        lock (_gate)
        {
            if (_instances.TryGetValue(id, out var existing) && !mayReplace(existing.Status)) return false;
            var instance = new HubInstance(id, name, NewExecutionId(), time.GetUtcNow()) { Parent = parent, Input = input };
            _instances[id] = instance;
            Post(instance, instance.StartedEvent(input, time.GetUtcNow()));
            return true;
        }
    }

    public bool TrySend(string id, HistoryEvent happened)
    {
        lock (_gate)
        {
            if (!_instances.TryGetValue(id, out var instance)) return false;
            if (!instance.IsFinished) Post(instance, happened);
            return true;
        }
    }

    /// <summary>Reads an instance while nothing changes it.</summary>
    public T Read<T>(string id, Func<HubInstance?, T> read)
    {
        lock (_gate) return read(_instances.GetValueOrDefault(id));
    }

    public IReadOnlyList<T> ReadAll<T>(Func<HubInstance, bool> condition, Func<HubInstance, T> read)
    {
        lock (_gate) return [.. _instances.Values.Where(condition).OrderBy(i => i.Id, StringComparer.Ordinal).Select(read)];
    }

    public bool Purge(string id)
    {
        lock (_gate) return _instances.TryGetValue(id, out var instance) && instance.IsFinished && _instances.Remove(id);
    }

    /// <summary>Waits until a condition holds; fails as soon as the application has broken a rule.</summary>
    public async Task WaitAsync(Func<IReadOnlyDictionary<string, HubInstance>, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_faults.Count > 0) throw new AggregateException(_faults);
                if (condition(_instances)) return;
                next = _changed.Task;
            }
            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Fails when the application has broken a rule.</summary>
    public void ThrowIfFaulted()
    {
        lock (_gate)
        {
            if (_faults.Count > 0) throw new AggregateException(_faults);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate) running = [.. _work];
        await Task.WhenAll(running);
        _stopping.Dispose();
    }

    private static string NewExecutionId() => Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);

    private void Post(HubInstance instance, HistoryEvent happened)
    {
        happened.Timestamp ??= Timestamp.FromDateTimeOffset(time.GetUtcNow());
        instance.Inbox.Enqueue(happened);
        if (instance.IsTurning) return;
        instance.IsTurning = true;
        Begin(() => TurnAsync(instance));
    }

    /// <summary>Work that nobody awaits, whose failures somebody must still see. Called with the gate held.</summary>
    private void Begin(Func<Task> doing)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await doing();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The host stops.
            }
            catch (HttpRequestException) when (_stopping.IsCancellationRequested)
            {
                // The handler has stopped before.
            }
            // Whatever it is, the one who waits for a result must learn of it.
            catch (Exception e)
            {
                lock (_gate) _faults.Add(e);
                Changed();
            }
        });
        _work.Add(task);
        _ = task.ContinueWith(done => { lock (_gate) _work.Remove(done); }, TaskScheduler.Default);
    }

    private void Changed() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task TurnAsync(HubInstance instance)
    {
        while (true)
        {
            List<HistoryEvent> news;
            lock (_gate)
            {
                if (instance.Inbox.Count is 0 || instance.IsFinished)
                {
                    instance.IsTurning = false;
                    return;
                }
                news = [new() { EventId = -1, Timestamp = Timestamp.FromDateTimeOffset(time.GetUtcNow()), OrchestratorStarted = new() }, .. instance.Inbox];
                instance.Inbox.Clear();
            }

            var response = await DeliverAsync(instance, news);
            lock (_gate) Apply(instance, news, response);
            Changed();
        }
    }

    private async Task<OrchestratorResponse> DeliverAsync(HubInstance instance, List<HistoryEvent> news)
    {
        while (true)
        {
            try
            {
                return await turns.DeliverAsync(instance, news, _stopping.Token);
            }
            catch (HttpRequestException) when (!_stopping.IsCancellationRequested)
            {
                // The worker has died; the turn is somebody's once there is one again.
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, _stopping.Token);
            }
        }
    }

    private void Apply(HubInstance instance, List<HistoryEvent> news, OrchestratorResponse response)
    {
        var now = Timestamp.FromDateTimeOffset(time.GetUtcNow());
        instance.History.AddRange(news);
        instance.Updated = time.GetUtcNow();
        instance.CustomStatus = response.CustomStatus;
        instance.Status = news.Concat(instance.History).LastOrDefault(e => e.ExecutionSuspended is not null || e.ExecutionResumed is not null)?.ExecutionSuspended is null
            ? OrchestrationStatus.Running : OrchestrationStatus.Suspended;
        foreach (var action in response.Actions)
        {
            instance.NextActionId = action.Id + 1;
            if (action.CompleteOrchestration is { } completion) Complete(instance, completion);
            else Act(instance, action, now);
        }
        if (!instance.IsFinished && instance.History.Count > 0) instance.History.Add(new() { EventId = -1, Timestamp = now, OrchestratorCompleted = new() });
    }

    private void Act(HubInstance instance, OrchestratorAction action, Timestamp now)
    {
        var done = new HistoryEvent { EventId = action.Id, Timestamp = now };
        var execution = instance.ExecutionId;
        if (action.ScheduleTask is { } task)
        {
            done.TaskScheduled = new() { Name = task.Name, Version = task.Version, Input = task.Input };
            Begin(async () => Answer(instance, execution, await activities.CallAsync(instance.Id, done, _stopping.Token)));
        }
        else if (action.CreateTimer is { } timer)
        {
            done.TimerCreated = new() { FireAt = timer.FireAt };
            Begin(() => FireAsync(instance, execution, timer.FireAt, action.Id));
        }
        else if (action.CreateSubOrchestration is { } sub)
        {
            done.SubOrchestrationInstanceCreated = new() { InstanceId = sub.InstanceId, Name = sub.Name, Version = sub.Version, Input = sub.Input };
            if (!TryStart(sub.Name, sub.InstanceId, sub.Input, IsFinal, (instance.Id, action.Id)))
                Post(instance, new() { EventId = -1, SubOrchestrationInstanceFailed = new() { TaskScheduledId = action.Id, FailureDetails = new() { ErrorType = "OrchestrationAlreadyExists", ErrorMessage = $"Instance '{sub.InstanceId}' is not finished." } } });
        }
        else if (action.SendEvent is { } send)
        {
            done.EventSent = new() { InstanceId = send.Instance.InstanceId, Name = send.Name, Input = send.Data };
            TrySend(send.Instance.InstanceId, new() { EventId = -1, EventRaised = new() { Name = send.Name, Input = send.Data } });
        }
        instance.History.Add(done);
    }

    internal static bool IsFinal(OrchestrationStatus status) =>
        status is OrchestrationStatus.Completed or OrchestrationStatus.Failed or OrchestrationStatus.Terminated or OrchestrationStatus.Canceled;

    private async Task FireAsync(HubInstance instance, string execution, Timestamp fireAt, int timerId)
    {
        var wait = fireAt.ToDateTimeOffset() - time.GetUtcNow();
        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, _stopping.Token);
        Answer(instance, execution, new() { EventId = -1, TimerFired = new() { FireAt = fireAt, TimerId = timerId } });
    }

    private void Answer(HubInstance instance, string execution, HistoryEvent answer)
    {
        lock (_gate)
        {
            if (instance.ExecutionId == execution && !instance.IsFinished) Post(instance, answer);
        }
    }

    private void Complete(HubInstance instance, CompleteOrchestrationAction completion)
    {
        if (completion.OrchestrationStatus is OrchestrationStatus.ContinuedAsNew)
        {
            var carried = completion.CarryoverEvents.Concat(instance.Inbox).ToList();
            instance.History.Clear();
            instance.Inbox.Clear();
            instance.NextActionId = 0;
            instance.ExecutionId = NewExecutionId();
            instance.Input = completion.Result;
            Post(instance, instance.StartedEvent(completion.Result, time.GetUtcNow()));
            foreach (var kept in carried) Post(instance, kept);
            return;
        }

        (instance.Status, instance.Output, instance.Failure) = (completion.OrchestrationStatus, completion.Result, completion.FailureDetails);
        if (instance.Parent is not { } parent) return;
        TrySend(parent.Id, instance.Status is OrchestrationStatus.Completed
            ? new() { EventId = -1, SubOrchestrationInstanceCompleted = new() { TaskScheduledId = parent.TaskScheduledId, Result = instance.Output } }
            : new() { EventId = -1, SubOrchestrationInstanceFailed = new() { TaskScheduledId = parent.TaskScheduledId, FailureDetails = instance.Failure ?? new() { ErrorType = "OrchestrationTerminated", ErrorMessage = "Terminated." } } });
    }
}
