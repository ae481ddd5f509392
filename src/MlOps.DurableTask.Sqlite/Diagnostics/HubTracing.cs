using System.Diagnostics;
using MlOps.DurableTask.Protocol;
using WireContext = MlOps.DurableTask.Protocol.TraceContext;

namespace MlOps.DurableTask.Sqlite.Diagnostics;

/// <summary>
/// Spans in the shape of Durable Task: <c>create_orchestration:X</c> where an instance is started, <c>orchestration:X</c> over its whole
/// life, <c>activity:X</c> for each run of an activity, <c>orchestration_event:X</c> where an event is sent. They belong together through the
/// trace context in the history, so a trace goes on after a restart and in workers elsewhere. Spans carry names and ids, never payloads.
/// </summary>
internal static class HubTracing
{
    /// <summary>The name by which an application subscribes to the spans and metrics.</summary>
    public const string SourceName = "MlOps.DurableTask";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Somebody starts an instance; the context of this span goes into its history.</summary>
    public static Activity? StartCreate(ExecutionStartedEvent started, ActivityContext parent = default)
    {
        var span = s_source.StartActivity($"create_orchestration:{started.Name}", ActivityKind.Producer, parent);
        return Describe(span, "orchestration", started.Name, started.OrchestrationInstance?.InstanceId, null);
    }

    /// <summary>An activity runs.</summary>
    public static Activity? StartActivity(ActivityRequest request)
    {
        var span = s_source.StartActivity($"activity:{request.Name}", ActivityKind.Server, Parse(request.ParentTraceContext));
        return Describe(span, "activity", request.Name, request.OrchestrationInstance?.InstanceId, request.TaskId);
    }

    /// <summary>An orchestration has ended: one span from its first turn to its last.</summary>
    public static void RecordOrchestration(HistoryEvent started, CompleteOrchestrationAction completion, DateTimeOffset ended)
    {
        if (!s_source.HasListeners())
            return;
        var execution = started.ExecutionStarted;
        using var span = s_source.StartActivity(
            $"orchestration:{execution.Name}", ActivityKind.Server, Parse(execution.ParentTraceContext), startTime: started.Timestamp.ToDateTimeOffset());
        Describe(span, "orchestration", execution.Name, execution.OrchestrationInstance?.InstanceId, null);
        span?.SetTag("durabletask.task.status", completion.OrchestrationStatus.ToString());
        if (completion.OrchestrationStatus == OrchestrationStatus.Failed)
            span?.SetStatus(ActivityStatusCode.Error, completion.FailureDetails?.ErrorType);
        span?.SetEndTime(ended.UtcDateTime);
    }

    /// <summary>Somebody sends an event to an instance.</summary>
    public static Activity? StartEvent(string eventName, string instanceId) =>
        Describe(s_source.StartActivity($"orchestration_event:{eventName}", ActivityKind.Producer), "event", eventName, instanceId, null);

    /// <summary>Marks the span of an activity that failed.</summary>
    public static void SetFailure(this Activity span, Protocol.TaskFailureDetails failure) => span.SetStatus(ActivityStatusCode.Error, failure.ErrorType);

    /// <summary>The context that messages carry.</summary>
    public static WireContext? ToMessage(this Activity? span) => span?.Id is not { } id ? null : new WireContext
    {
        TraceParent = id,
        SpanID = span.SpanId.ToHexString(),
        TraceState = span.TraceStateString,
    };

    /// <summary>The same for a span that somebody else has started.</summary>
    public static WireContext? ToMessage(ActivityContext span) => span == default ? null : new WireContext
    {
        TraceParent = $"00-{span.TraceId}-{span.SpanId}-{(int)span.TraceFlags:x2}",
        SpanID = span.SpanId.ToHexString(),
        TraceState = span.TraceState,
    };

    public static ActivityContext Parse(WireContext? message) =>
        message is not null && ActivityContext.TryParse(message.TraceParent, message.TraceState, out var context) ? context : default;

    private static Activity? Describe(Activity? span, string type, string name, string? instanceId, int? taskId)
    {
        if (span is not { IsAllDataRequested: true })
            return span;
        span.SetTag("durabletask.type", type);
        span.SetTag("durabletask.task.name", name);
        span.SetTag("durabletask.task.instance_id", instanceId);
        if (taskId is { } id)
            span.SetTag("durabletask.task.task_id", id);
        return span;
    }
}
