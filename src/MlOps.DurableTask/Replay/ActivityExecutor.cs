using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>Runs the activities of a registry, each call in a service scope of its own.</summary>
/// <param name="registry">Which activities there are.</param>
/// <param name="serializer">Reads and writes payloads.</param>
/// <param name="scopes">Builds the activity classes.</param>
public sealed class ActivityExecutor(DurableTaskRegistry registry, PayloadSerializer serializer, IServiceScopeFactory scopes)
{
    /// <summary>Whether an activity of this name is registered.</summary>
    public bool HasActivity(string name) => registry.HasActivity(name);

    /// <summary>Runs one activity. Its failure is an answer, not an exception.</summary>
    /// <param name="request">Name, input and orchestration.</param>
    /// <param name="idempotencyKey">Names the call; see <see cref="ExecutionToken.IdempotencyKey"/>.</param>
    /// <param name="cancellationToken">Handed to the activity.</param>
    /// <exception cref="OperationCanceledException">The activity gave up because <paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<ActivityResponse> ExecuteAsync(ActivityRequest request, string idempotencyKey, CancellationToken cancellationToken)
    {
        var response = new ActivityResponse { InstanceId = request.OrchestrationInstance?.InstanceId ?? "", TaskId = request.TaskId };
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var activity = registry.CreateActivity(request.Name, scope.ServiceProvider) ?? throw new TaskNotRegisteredException(
                $"No activity '{request.Name}' is registered here. Registered: {string.Join(", ", registry.ActivityNames.Order(StringComparer.Ordinal))}.");
            var context = new TaskActivityContext(request.Name, response.InstanceId, request.TaskId, idempotencyKey, cancellationToken);
            var result = await activity.RunAsync(context, ReadInput(request, activity.InputType));
            response.Result = serializer.Serialize(result);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        // Everything else an activity throws is its outcome, and travels to the orchestrator.
        catch (Exception e)
        {
            response.FailureDetails = TaskFailureDetails.FromException(e).ToMessage();
        }
        return response;
    }

    private object? ReadInput(ActivityRequest request, Type type)
    {
        try
        {
            return serializer.Deserialize(request.Input, type);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new NonRetriableTaskException(
                $"The input of activity '{request.Name}' cannot be read as {type}: {e.Message} Let the orchestrator pass that type.", e);
        }
    }
}
