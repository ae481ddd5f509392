using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite;

/// <summary>
/// Runs orchestrators and activities that are not registered in this process: workers in other processes or languages. Registered as a
/// service, it gets every work item whose name is not in the <see cref="DurableTaskRegistry"/>; without it, those fail. It keeps a work
/// item until a worker has answered, gives it to another when a worker goes away, and bounds how many are under way.
/// </summary>
public interface IRemoteWorkers
{
    /// <summary>Gives one turn of an orchestration to a worker. The request holds the whole history; the answer is what the worker decides.</summary>
    Task<OrchestratorResponse> RunOrchestratorAsync(OrchestratorRequest request, CancellationToken cancellationToken);

    /// <summary>Gives one activity to a worker. Its result is on disk when the hub has taken the orchestrator's next turn.</summary>
    /// <param name="request">Name, input, instance and task id.</param>
    /// <param name="cancellationToken">Cancelled when the result is not wanted any more or the hub stops.</param>
    Task<ActivityResponse> RunActivityAsync(ActivityRequest request, CancellationToken cancellationToken);
}
