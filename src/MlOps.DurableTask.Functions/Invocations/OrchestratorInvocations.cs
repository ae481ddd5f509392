using Google.Protobuf;
using MlOps.DurableTask.Functions.Activities;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>Answers the work items of orchestrations: a base64 <c>OrchestratorRequest</c> in, a base64 <c>OrchestratorResponse</c> out.</summary>
internal sealed class OrchestratorInvocations(OrchestratorExecutor executor)
{
    /// <summary>Azure Storage keeps a message for seven days at most; the extension's SDKs break longer timers up at three.</summary>
    private static readonly ReplayOptions s_replay = new() { MaximumTimerInterval = TimeSpan.FromDays(3) };

    public Task<InvocationResponse> AnswerAsync(InvocationRequest invocation, CancellationToken cancellationToken)
    {
        var request = Parse(invocation.Text(FunctionBindings.OrchestratorInput));
        RequireWorkOf(invocation.Function, request);
        HistoryTranslation.Unwrap(request);
        // Whatever the orchestrator itself does, failing included, is an answer.
        var response = executor.Execute(request, s_replay);
        HistoryTranslation.Wrap(response, request);
        return Task.FromResult(new InvocationResponse(Convert.ToBase64String(response.ToByteArray()), []));
    }

    private static OrchestratorRequest Parse(string text)
    {
        try
        {
            return OrchestratorRequest.Parser.ParseFrom(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            throw new MalformedInvocationException(
                $"'Data.{FunctionBindings.OrchestratorInput}' is no base64 OrchestratorRequest: {e.Message} The Durable Task extension sends one when FUNCTIONS_WORKER_RUNTIME is 'custom'.", e);
        }
    }

    private static void RequireWorkOf(string function, OrchestratorRequest request)
    {
        if (request.InstanceId.Length is 0)
            throw new MalformedInvocationException("The OrchestratorRequest has no instanceId.");
        if (request.RequiresHistoryStreaming)
            throw new MalformedInvocationException("The OrchestratorRequest asks for its history to be streamed, which this handler does not do; the extension does not for custom handlers.");
        var started = request.PastEvents.Concat(request.NewEvents).FirstOrDefault(e => e.ExecutionStarted is not null)?.ExecutionStarted
            ?? throw new MalformedInvocationException($"The history of '{request.InstanceId}' has no ExecutionStarted event.");
        if (!string.Equals(started.Name, function, StringComparison.OrdinalIgnoreCase))
            throw new MalformedInvocationException($"The work item is one of orchestrator '{started.Name}', and was sent to '{function}'.");
    }
}
