using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Grpc;
using MlOps.DurableTask.Sidecar.Protocol;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Sidecar.Workers;

/// <summary>
/// Shares the hub's work items out among the connected workers. A worker that goes away loses what it holds to another; what no worker
/// serves waits for one that does.
/// </summary>
internal sealed partial class RemoteWorkers : IRemoteWorkers, IDisposable
{
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(2);

    /// <summary>How long work waits for a worker that serves it before the log says so.</summary>
    private static readonly TimeSpan s_longWait = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly WaitingWork _waiting = new();
    private readonly List<ConnectedWorker> _workers = [];
    private readonly Dictionary<(WorkKind Kind, string Token), RemoteWorkItem> _handedOut = [];
    private readonly HashSet<WorkKey> _complainedOf = [];
    private readonly SidecarOptions _options;
    private readonly int _maxLosses;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _sweeper;

    public RemoteWorkers(IOptions<SidecarOptions> options, IOptions<TaskHubOptions> hub, ILogger<RemoteWorkers> logger, TimeProvider? time = null)
    {
        _options = options.Value;
        _maxLosses = hub.Value.MaxCrashes;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _sweeper = _time.CreateTimer(_ => Sweep(), null, s_sweepInterval, s_sweepInterval);
    }

    public async Task<OrchestratorResponse> RunOrchestratorAsync(OrchestratorRequest request, CancellationToken cancellationToken)
    {
        var started = request.PastEvents.Concat(request.NewEvents).FirstOrDefault(e => e.ExecutionStarted is not null)?.ExecutionStarted;
        var key = new WorkKey(WorkKind.Orchestrator, started?.Name ?? "", started?.Version ?? "");
        return (OrchestratorResponse)await RunAsync(new RemoteWorkItem(key, new WorkItem { OrchestratorRequest = request }), cancellationToken);
    }

    public async Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancellationToken)
    {
        var key = new WorkKey(WorkKind.Activity, request.Name, request.Version ?? "");
        return (ActivityResponse)await RunAsync(new RemoteWorkItem(key, new WorkItem { ActivityRequest = request }), cancellationToken);
    }

    /// <summary>Takes a worker in; it gets work at once.</summary>
    public ConnectedWorker Connect(GetWorkItemsRequest request, string peer)
    {
        var worker = new ConnectedWorker(request, peer, _options.MaxWorkItemsPerWorker);
        lock (_gate)
        {
            _workers.Add(worker);
            _complainedOf.RemoveWhere(worker.Serves);
            HandOut();
        }
        LogConnected(peer);
        return worker;
    }

    /// <summary>Gives what a worker holds to others.</summary>
    public void Disconnect(ConnectedWorker worker)
    {
        int lost;
        lock (_gate)
        {
            _workers.Remove(worker);
            lost = worker.Load;
            foreach (var item in worker.Held.ToList())
                PutBack(item, isLoss: true);
            HandOut();
        }
        LogDisconnected(worker.Peer, lost);
    }

    /// <summary>Takes a worker's answer.</summary>
    /// <exception cref="GrpcException">Nobody waits for it: the item was given to another meanwhile, or never existed.</exception>
    public void Complete(WorkKind kind, string token, IMessage response)
    {
        RemoteWorkItem item;
        lock (_gate)
        {
            item = TakeHandedOut(kind, token);
            item.Worker!.TakeBack(item);
            HandOut();
        }
        item.Complete(response);
    }

    /// <summary>Takes an item back that a worker cannot run; others are asked first.</summary>
    /// <exception cref="GrpcException">The worker does not have it (any more).</exception>
    public void Abandon(WorkKind kind, string token)
    {
        lock (_gate)
        {
            var item = TakeHandedOut(kind, token);
            item.RefusedBy = item.Worker;
            PutBack(item, isLoss: false);
            HandOut();
        }
    }

    public void Dispose() => _sweeper.Dispose();

    private async Task<IMessage> RunAsync(RemoteWorkItem item, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            item.Since = _time.GetTimestamp();
            _waiting.Add(item);
            HandOut();
        }
        await using var registration = cancellationToken.UnsafeRegister(_ => Withdraw(item, cancellationToken), null);
        return await item.Answer;
    }

    /// <summary>Nobody wants the answer any more. A worker that has the item keeps its place until it answers: the protocol cannot call it back.</summary>
    private void Withdraw(RemoteWorkItem item, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting.Remove(item);
            item.Cancel(cancellationToken);
        }
    }

    private void HandOut()
    {
        while (_waiting.TryMatch(_workers, out var item, out var worker))
        {
            _waiting.Remove(item);
            // The message of an earlier handing-out may still be on its way: it keeps its token.
            if (item.Message.CompletionToken.Length > 0)
                item.Message = item.Message.Clone();
            item.Message.CompletionToken = RandomNumberGenerator.GetHexString(32, lowercase: true);
            item.Since = _time.GetTimestamp();
            _handedOut.Add((item.Key.Kind, item.Message.CompletionToken), item);
            worker.Give(item);
        }
    }

    private void PutBack(RemoteWorkItem item, bool isLoss)
    {
        _handedOut.Remove((item.Key.Kind, item.Message.CompletionToken));
        item.Worker!.TakeBack(item);
        if (item.Answer.IsCompleted)
            return;
        if (isLoss && ++item.Losses >= _maxLosses)
        {
            item.Fail(new PoisonedWorkItemException($"{item.Key} (on a worker)", item.Losses));
            return;
        }
        item.Since = _time.GetTimestamp();
        _waiting.Add(item);
    }

    private RemoteWorkItem TakeHandedOut(WorkKind kind, string token)
    {
        if (token.Length == 0)
            throw new GrpcException(GrpcStatus.InvalidArgument, "completionToken is empty: send the one that came with the work item. An SDK that does not is too old.");
        return _handedOut.Remove((kind, token), out var item) ? item : throw new GrpcException(
            GrpcStatus.NotFound, "This work item is not yours (any more): it was given to another worker, or the task hub has started over. Its answer is dropped.");
    }

    private void Sweep()
    {
        var unserved = new List<WorkKey>();
        lock (_gate)
        {
            foreach (var item in _waiting.All)
                item.RefusedBy = null;
            var late = _handedOut.Values
                .Where(item => item.Key.Kind == WorkKind.Orchestrator && _time.GetElapsedTime(item.Since) > _options.OrchestratorTimeout).ToList();
            foreach (var item in late)
            {
                item.RefusedBy = item.Worker;
                PutBack(item, isLoss: true);
            }
            HandOut();
            foreach (var key in _waiting.Keys)
            {
                if (_time.GetElapsedTime(_waiting.Oldest(key).Since) > s_longWait && !_workers.Exists(worker => worker.Serves(key)) && _complainedOf.Add(key))
                    unserved.Add(key);
            }
        }
        foreach (var key in unserved)
            LogUnserved(key);
    }

    [LoggerMessage(3203, LogLevel.Information, "Worker {Peer} is connected")]
    private partial void LogConnected(string peer);

    [LoggerMessage(3204, LogLevel.Information, "Worker {Peer} is gone; {Lost} work items go to others")]
    private partial void LogDisconnected(string peer, int lost);

    [LoggerMessage(3205, LogLevel.Warning, "No worker serves {Work}: it waits. Connect a worker that does, or register it in this process")]
    private partial void LogUnserved(WorkKey work);
}
