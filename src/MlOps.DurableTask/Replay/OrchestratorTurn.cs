using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Replay;

/// <summary>What an orchestrator decided when it was given new events.</summary>
/// <param name="Actions">In the order of their ids. The last one completes the orchestration, if it is complete.</param>
/// <param name="CustomStatus">The custom status as JSON; <see langword="null"/> when none is set.</param>
public sealed record OrchestratorTurn(IReadOnlyList<OrchestratorAction> Actions, string? CustomStatus)
{
    /// <summary>How the orchestration ended; <see langword="null"/> while it goes on.</summary>
    public CompleteOrchestrationAction? Completion => Actions.Count > 0 ? Actions[^1].CompleteOrchestration : null;
}
