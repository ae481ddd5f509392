using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>The context of an orchestrator that runs in an <see cref="OrchestrationSession"/>.</summary>
internal sealed class ReplayContext(OrchestrationSession session) : TaskOrchestrationContext
{
    private ExecutionStartedEvent? _started;
    private string? _executionToken;
    private int _guids;

    public override string Name => _started?.Name ?? "";

    public override string InstanceId => session.InstanceId;

    public override ParentOrchestrationInstance? Parent => _started?.ParentInstance is { } parent
        ? new(parent.Name ?? "", parent.OrchestrationInstance?.InstanceId ?? "")
        : null;

    public override string Version => _started?.Version ?? "";

    public override IReadOnlyDictionary<string, string> Tags => _started?.Tags.AsReadOnly() ?? new Dictionary<string, string>().AsReadOnly();

    public override DateTime CurrentUtcDateTime => session.CurrentTime;

    public override bool IsReplaying => session.IsReplaying;

    private string Token => _executionToken ??= ExecutionToken.Of(session.Started!);

    public void Started(ExecutionStartedEvent execution) => _started = execution;

    public override T? GetInput<T>() where T : default => session.Serializer.Deserialize<T>(_started?.Input);

    public override Task<TResult> CallActivityAsync<TResult>(string name, object? input = null, TaskOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var payload = session.Serialize(input, $"The input of activity '{name}'");
        return WithRetries(options?.Retry, () =>
        {
            var action = new ScheduleTaskAction { Name = name, Input = payload };
            AddTags(action.Tags, options);
            return session.Wait<TResult>(session.Act(new() { ScheduleTask = action }), name).Task;
        });
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(string name, object? input = null, TaskOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var payload = session.Serialize(input, $"The input of sub-orchestration '{name}'");
        var sub = options as SubOrchestrationOptions;
        return WithRetries(options?.Retry, () =>
        {
            var action = new CreateSubOrchestrationAction
            {
                Name = name,
                Input = payload,
                InstanceId = sub?.InstanceId ?? $"{InstanceId}:{Token}:{session.NextActionId:x}",
                Version = sub?.Version ?? Version,
            };
            AddTags(action.Tags, options);
            return session.Wait<TResult>(session.Act(new() { CreateSubOrchestration = action }), name).Task;
        });
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var due = fireAt.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(fireAt, DateTimeKind.Utc) : fireAt.ToUniversalTime();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The subtraction cannot overflow; adding the longest interval to the current time could.
            var next = due - CurrentUtcDateTime > session.Options.MaximumTimerInterval ? CurrentUtcDateTime + session.Options.MaximumTimerInterval : due;
            var id = session.Act(new() { CreateTimer = new CreateTimerAction { FireAt = Timestamp.FromDateTime(next) } });
            await session.Wait<object?>(id, "timer").CancelledBy(cancellationToken).Task;
        }
        while (CurrentUtcDateTime < due && session.Options.MaximumTimerInterval < TimeSpan.MaxValue);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        return session.Events.WaitFor<T>(eventName, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object? payload)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceId);
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        session.Act(new()
        {
            SendEvent = new SendEventAction
            {
                Instance = new OrchestrationInstance { InstanceId = instanceId },
                Name = eventName,
                Data = session.Serialize(payload, $"The payload of event '{eventName}'"),
            },
        });
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        session.ContinuesAsNew = (session.Serialize(newInput, $"The next input of '{InstanceId}'"), preserveUnprocessedEvents);

    public override void SetCustomStatus(object? customStatus) => session.CustomStatus = session.Serialize(customStatus, $"The custom status of '{InstanceId}'");

    public override Guid NewGuid()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{InstanceId}/{Token}/{_guids++}"), hash);
        // RFC 9562 version 8: sixteen bytes of our own making, marked as such.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    public override ILogger CreateReplaySafeLogger(string categoryName) =>
        new ReplaySafeLogger(this, session.Executor.Loggers.CreateLogger(categoryName));

    private Task<T> WithRetries<T>(RetryPolicy? policy, Func<Task<T>> attempt) => policy is null ? attempt() : Retry(policy, attempt);

    private async Task<T> Retry<T>(RetryPolicy policy, Func<Task<T>> attempt)
    {
        var firstAttempt = CurrentUtcDateTime;
        for (var number = 1; ; number++)
        {
            try
            {
                return await attempt();
            }
            catch (TaskFailedException failed) when (number < policy.MaxNumberOfAttempts && !failed.FailureDetails.IsNonRetriable)
            {
                var delay = policy.DelayAfter(number);
                var elapsed = CurrentUtcDateTime - firstAttempt;
                if (policy.RetryTimeout is { } limit && (elapsed >= limit || delay > limit - elapsed))
                    throw;
                if (policy.Handler is { } decides && !decides(new RetryContext(number, failed.FailureDetails, elapsed)))
                    throw;
                await CreateTimer(delay, CancellationToken.None);
            }
        }
    }

    private static void AddTags(Google.Protobuf.Collections.MapField<string, string> tags, TaskOptions? options)
    {
        if (options?.Tags is { } labels)
            tags.Add(labels.ToDictionary(StringComparer.Ordinal));
    }
}
