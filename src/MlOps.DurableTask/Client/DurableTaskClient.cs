using System.Runtime.CompilerServices;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask;

/// <summary>
/// Starts, watches and steers orchestrations from outside. When a call returns, what it did is on disk. Calls that name an instance
/// throw <see cref="OrchestrationNotFoundException"/> where there is none, unless they say otherwise.
/// </summary>
public abstract class DurableTaskClient
{
    /// <summary>Starts an orchestration and gives its instance id. A start with an id may be repeated safely.</summary>
    /// <param name="name">The orchestrator's registered name.</param>
    /// <param name="input">Travels as JSON. Default: none.</param>
    /// <param name="options">Id, time, labels, version. Default: a random id, at once.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the start may have happened.</param>
    /// <exception cref="OrchestrationAlreadyExistsException">The id is taken and the options do not allow for it.</exception>
    /// <exception cref="PayloadTooLargeException">The input is larger than the hub accepts.</exception>
    public abstract Task<string> ScheduleNewOrchestrationInstanceAsync(
        string name, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until the instance has started: until its status is not pending any more.</summary>
    public abstract Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default);

    /// <summary>Waits until the instance is finished, however it ends.</summary>
    public abstract Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default);

    /// <summary>The instance as it is now; <see langword="null"/> when there is none.</summary>
    public abstract Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default);

    /// <summary>One page of the instances that a query finds.</summary>
    /// <exception cref="FormatException">The continuation token is not one of this query's.</exception>
    public abstract Task<OrchestrationPage> GetInstancesPageAsync(OrchestrationQuery query, CancellationToken cancellationToken = default);

    /// <summary>All instances that a query finds, page by page as they are consumed.</summary>
    public async IAsyncEnumerable<OrchestrationMetadata> GetAllInstancesAsync(
        OrchestrationQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = query ?? new OrchestrationQuery();
        while (true)
        {
            var page = await GetInstancesPageAsync(next, cancellationToken);
            foreach (var instance in page.Instances)
                yield return instance;
            if (page.ContinuationToken is null)
                yield break;
            next = next with { ContinuationToken = page.ContinuationToken };
        }
    }

    /// <summary>The history of the instance's current execution, oldest first.</summary>
    public abstract Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellationToken = default);

    /// <summary>Sends an event to an instance; one that is finished discards it.</summary>
    /// <param name="instanceId">Who receives it.</param>
    /// <param name="eventName">What the orchestrator waits for; compared ignoring case.</param>
    /// <param name="eventPayload">Travels as JSON. Default: none.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the event may have been sent.</param>
    public abstract Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellationToken = default);

    /// <summary>Ends an instance at once; running activities are cancelled. One that is finished stays as it is.</summary>
    /// <param name="instanceId">Which one.</param>
    /// <param name="output">Becomes its output.</param>
    /// <param name="recursive">Whether its sub-orchestrations end too.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the command may have been sent.</param>
    public abstract Task TerminateInstanceAsync(
        string instanceId, object? output = null, bool recursive = true, CancellationToken cancellationToken = default);

    /// <summary>Pauses an instance: running activities end, nothing new begins.</summary>
    public abstract Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Lets a paused instance go on with all that has arrived since.</summary>
    public abstract Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lets a failed instance go on from its failed step: what succeeded stays, what failed runs again, in failed sub-orchestrations too.
    /// </summary>
    /// <exception cref="OrchestrationStateException">The instance has not failed.</exception>
    public abstract Task RewindInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Starts a finished instance over with its input, under its own id or a new one, and gives that id.</summary>
    /// <exception cref="OrchestrationStateException">The instance is not finished and no new id is wanted.</exception>
    public abstract Task<string> RestartInstanceAsync(string instanceId, bool withNewInstanceId = false, CancellationToken cancellationToken = default);

    /// <summary>Deletes a finished instance with its history; gives how many instances went.</summary>
    /// <param name="instanceId">Which one; nothing happens when there is none.</param>
    /// <param name="recursive">Whether its sub-orchestrations go too.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the deletion may have happened.</param>
    /// <exception cref="OrchestrationStateException">The instance is not finished.</exception>
    public abstract Task<int> PurgeInstanceAsync(string instanceId, bool recursive = false, CancellationToken cancellationToken = default);

    /// <summary>Deletes all finished instances that a query finds; gives how many went. Those that are not finished stay.</summary>
    /// <param name="query">Which ones; its page size and token are ignored.</param>
    /// <param name="recursive">Whether their sub-orchestrations go too.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public abstract Task<int> PurgeAllInstancesAsync(OrchestrationQuery query, bool recursive = false, CancellationToken cancellationToken = default);
}
