using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>Runs the orchestrators of a registry: in sessions that live on, or one request at a time.</summary>
/// <param name="registry">Which orchestrators there are.</param>
/// <param name="serializer">Reads and writes payloads.</param>
/// <param name="services">Builds the orchestrator classes.</param>
/// <param name="loggers">Gives orchestrators their loggers. Default: none.</param>
public sealed class OrchestratorExecutor(
    DurableTaskRegistry registry, PayloadSerializer serializer, IServiceProvider services, ILoggerFactory? loggers = null)
{
    internal PayloadSerializer Serializer { get; } = serializer;

    internal ILoggerFactory Loggers { get; } = loggers ?? NullLoggerFactory.Instance;

    /// <summary>Whether an orchestrator of this name and version is registered.</summary>
    public bool HasOrchestrator(string name, string version) => registry.HasOrchestrator(name, version);

    /// <summary>A session without history yet.</summary>
    public OrchestrationSession CreateSession(string instanceId, ReplayOptions? options = null) =>
        new(this, instanceId, options ?? new ReplayOptions());

    /// <summary>Answers one work item: replays its past, gives it the new events, and forgets it.</summary>
    public OrchestratorResponse Execute(OrchestratorRequest request, ReplayOptions? options = null)
    {
        var session = CreateSession(request.InstanceId, options);
        session.Replay(request.PastEvents);
        var turn = session.RunTurn(request.NewEvents);
        return new OrchestratorResponse { InstanceId = request.InstanceId, Actions = { turn.Actions }, CustomStatus = turn.CustomStatus };
    }

    internal ITaskOrchestrator Create(string name, string version) =>
        registry.CreateOrchestrator(name, version, services) ?? throw new TaskNotRegisteredException(
            $"No orchestrator '{name}'{(version.Length == 0 ? "" : $" of version '{version}'")} is registered here. " +
            $"Registered: {string.Join(", ", registry.OrchestratorNames.Order(StringComparer.Ordinal))}.");
}
