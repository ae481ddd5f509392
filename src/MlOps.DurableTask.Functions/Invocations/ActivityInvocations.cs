using MlOps.DurableTask.Functions.Activities;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>Answers calls of activities. How an activity ends, failing included, is an answer; see <see cref="ActivityOutcome"/>.</summary>
internal sealed class ActivityInvocations(ActivityExecutor executor)
{
    public async Task<InvocationResponse> AnswerAsync(InvocationRequest invocation, CancellationToken cancellationToken)
    {
        var call = ActivityCall.TryRead(invocation.TryObject(FunctionBindings.ActivityInput)) ?? throw new MalformedInvocationException(
            $"'Data.{FunctionBindings.ActivityInput}' is no call of an orchestrator of this application: {{\"taskId\":…,\"key\":…,\"input\":…}}.");
        var instance = invocation.MetadataText("instanceId") ?? throw new MalformedInvocationException("'Metadata.instanceId' is missing: the extension names the orchestration that calls.");
        var request = new ActivityRequest
        {
            Name = invocation.Function,
            Input = call.Input,
            TaskId = call.TaskId,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = instance },
        };
        var response = await executor.ExecuteAsync(request, call.Key, cancellationToken);
        // As text: the host would read a JSON value as its own and write it anew, with dates and numbers as it likes them.
        return new(ActivityOutcome.Of(response).Write(), []);
    }
}
