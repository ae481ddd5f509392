using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sqlite.Diagnostics;
using MlOps.DurableTask.Sqlite.Execution;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite;

/// <summary>The client of the hub in this process.</summary>
internal sealed class EmbeddedTaskHubClient(
    EmbeddedTaskHub embedded, PayloadSerializer serializer, IOptions<TaskHubOptions> options, TimeProvider? time = null) : DurableTaskClient
{
    private const int MaxInstanceIdLength = 200;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        string name, object? input = null, StartOrchestrationOptions? start = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        start ??= new StartOrchestrationOptions();
        var id = start.InstanceId ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        RequireUsableId(id);
        var payload = Serialize(input, $"The input of '{id}'");
        await CreateAsync(id, name, payload, start, cancellationToken);
        return id;
    }

    public override async Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default) =>
        await WaitUntilAsync(instanceId, status => status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellationToken);

    public override async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default) =>
        await WaitUntilAsync(instanceId, status => status.IsFinal(), getInputsAndOutputs, cancellationToken);

    public override Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = embedded.Current.Readers.Rent();
        if (lease.Reader.FindInstance(instanceId) is not { } row)
            return Task.FromResult<OrchestrationMetadata?>(null);
        var metadata = getInputsAndOutputs
            ? row.ToMetadata(serializer, lease.Reader.ReadInput(row.Key))
            : (row with { Output = null, CustomStatus = null }).ToMetadata(serializer, null);
        return Task.FromResult<OrchestrationMetadata?>(metadata);
    }

    public override Task<OrchestrationPage> GetInstancesPageAsync(OrchestrationQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = embedded.Current.Readers.Rent();
        return Task.FromResult(InstanceQuery.ReadPage(lease.Reader, query, serializer));
    }

    public override Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = embedded.Current.Readers.Rent();
        var row = lease.Reader.FindInstance(instanceId) ?? throw new OrchestrationNotFoundException(instanceId);
        return Task.FromResult<IReadOnlyList<HistoryEvent>>([.. lease.Reader.ReadHistory(row.Key).SelectMany(turn => turn.Events)]);
    }

    public override async Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        var payload = Serialize(eventPayload, $"The payload of event '{eventName}' for '{instanceId}'");
        using var span = HubTracing.StartEvent(eventName, instanceId);
        await SendAsync(instanceId, HubEvents.EventRaised(_time.GetUtcNow(), eventName, payload), cancellationToken);
    }

    public override async Task TerminateInstanceAsync(
        string instanceId, object? output = null, bool recursive = true, CancellationToken cancellationToken = default)
    {
        var payload = Serialize(output, $"The output of '{instanceId}'");
        await SendAsync(instanceId, HubEvents.ExecutionTerminated(_time.GetUtcNow(), payload, recursive), cancellationToken);
    }

    public override async Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default)
    {
        var suspended = HubEvents.At(_time.GetUtcNow());
        suspended.ExecutionSuspended = new ExecutionSuspendedEvent { Input = reason };
        await SendAsync(instanceId, suspended, cancellationToken);
    }

    public override async Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default)
    {
        var resumed = HubEvents.At(_time.GetUtcNow());
        resumed.ExecutionResumed = new ExecutionResumedEvent { Input = reason };
        await SendAsync(instanceId, resumed, cancellationToken);
    }

    public override Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default) =>
        embedded.Current.RewindAsync(instanceId, reason, cancellationToken);

    public override async Task<string> RestartInstanceAsync(
        string instanceId, bool withNewInstanceId = false, CancellationToken cancellationToken = default)
    {
        InstanceRow row;
        string? input;
        using (var lease = embedded.Current.Readers.Rent())
        {
            row = lease.Reader.FindInstance(instanceId) ?? throw new OrchestrationNotFoundException(instanceId);
            input = lease.Reader.ReadInput(row.Key);
        }
        if (!withNewInstanceId && !row.Status.IsFinal())
            throw new OrchestrationStateException(instanceId, row.Status, "only a finished instance can be started over under its own id. Terminate it first, or restart it with a new id.");
        var start = new StartOrchestrationOptions
        {
            InstanceId = withNewInstanceId ? RandomNumberGenerator.GetHexString(32, lowercase: true) : instanceId,
            Version = row.Version,
            Tags = row.ToMetadata(serializer, null).Tags,
        };
        await CreateAsync(start.InstanceId, row.Name, input, start, cancellationToken);
        return start.InstanceId;
    }

    public override async Task<int> PurgeInstanceAsync(string instanceId, bool recursive = false, CancellationToken cancellationToken = default)
    {
        List<long> keys;
        using (var lease = embedded.Current.Readers.Rent())
        {
            if (lease.Reader.FindInstance(instanceId) is not { } row)
                return 0;
            if (!row.Status.IsFinal())
                throw new OrchestrationStateException(instanceId, row.Status, "only a finished instance can be purged. Terminate it first.");
            keys = FindPurgeable(lease.Reader, row, recursive);
        }
        return await PurgeAsync(keys, cancellationToken);
    }

    public override async Task<int> PurgeAllInstancesAsync(OrchestrationQuery query, bool recursive = false, CancellationToken cancellationToken = default)
    {
        var purged = 0;
        var next = query with { PageSize = 500, ContinuationToken = null, FetchInputsAndOutputs = false };
        while (true)
        {
            var keys = new HashSet<long>();
            string? token;
            using (var lease = embedded.Current.Readers.Rent())
            {
                var (rows, continuation) = InstanceQuery.ReadRows(lease.Reader, next);
                token = continuation;
                foreach (var row in rows.Where(row => row.Status.IsFinal()))
                    keys.UnionWith(FindPurgeable(lease.Reader, row, recursive));
            }
            purged += await PurgeAsync(keys, cancellationToken);
            if (token is null)
                return purged;
            next = next with { ContinuationToken = token };
        }
    }

    private async Task CreateAsync(string id, string name, string? input, StartOrchestrationOptions start, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var started = HubEvents.ExecutionStarted(now, id, name, start.Version, input, start.Tags, startAt: start.StartAt);
        using var span = HubTracing.StartCreate(started.ExecutionStarted, start.Trace);
        started.ExecutionStarted.ParentTraceContext = span.ToMessage() ?? HubTracing.ToMessage(start.Trace) ?? Activity.Current.ToMessage();
        var row = new InstanceRow
        {
            Key = 0,
            Id = id,
            Name = name,
            Version = start.Version,
            Status = OrchestrationRuntimeStatus.Pending,
            Created = now.UtcTicks,
            Updated = now.UtcTicks,
            StartAt = start.StartAt?.UtcTicks,
            Tags = InstanceRow.WriteTags(start.Tags),
        };
        var (created, existing) = await embedded.Current.CreateAsync(row, started, start.IdReuse, start.InstanceId is null, cancellationToken);
        if (!created && start.IdReuse != InstanceIdReuse.IgnoreIfExists)
            throw new OrchestrationAlreadyExistsException(id, existing);
    }

    private async Task SendAsync(string instanceId, HistoryEvent happened, CancellationToken cancellationToken)
    {
        if (await embedded.Current.SendAsync(instanceId, happened, cancellationToken))
            return;
        // A finished instance discards what it is sent; one that never was is a mistake of the caller.
        if (await GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is null)
            throw new OrchestrationNotFoundException(instanceId);
    }

    private async Task<OrchestrationMetadata> WaitUntilAsync(
        string instanceId, Func<OrchestrationRuntimeStatus, bool> isReached, bool getInputsAndOutputs, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = embedded.Current.Waiters.NextChangeOf(instanceId);
            var instance = await GetInstanceAsync(instanceId, getInputsAndOutputs, cancellationToken) ?? throw new OrchestrationNotFoundException(instanceId);
            if (isReached(instance.RuntimeStatus))
                return instance;
            await change.WaitAsync(cancellationToken);
        }
    }

    private static List<long> FindPurgeable(StoreReader reader, InstanceRow root, bool recursive)
    {
        var keys = new List<long> { root.Key };
        if (!recursive)
            return keys;
        var parents = new Queue<string>([root.Id]);
        while (parents.TryDequeue(out var parent))
        {
            foreach (var id in reader.ReadChildren(parent))
            {
                if (reader.FindInstance(id) is not { } child || !child.Status.IsFinal())
                    continue;
                keys.Add(child.Key);
                parents.Enqueue(child.Id);
            }
        }
        return keys;
    }

    private async Task<int> PurgeAsync(IReadOnlyCollection<long> keys, CancellationToken cancellationToken)
    {
        var purged = 0;
        if (keys.Count > 0)
            await embedded.Current.ChangeAsync(store => purged = keys.Count(store.TryDeleteFinished), cancellationToken);
        return purged;
    }

    private string? Serialize(object? value, string what) => serializer.Serialize(value, options.Value.MaxPayloadBytes, what);

    private static void RequireUsableId(string id)
    {
        if (id.Length is 0 or > MaxInstanceIdLength || id.Any(char.IsControl))
            throw new ArgumentException($"'{id}' is no instance id: expected 1 to {MaxInstanceIdLength} characters without control characters.", nameof(id));
    }
}
