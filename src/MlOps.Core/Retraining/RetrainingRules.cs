using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Core.Retraining;

/// <summary>Which of the wishes to train again become a run. A person's wish is always granted; the others keep cooldown and budget.</summary>
public static class RetrainingRules
{
    /// <summary>Judges the waiting wishes of one pipeline whose runs have all ended.</summary>
    /// <param name="waiting">The wishes.</param>
    /// <param name="before">The wishes of the pipeline that started a run.</param>
    /// <param name="triggers">The pipeline's rules.</param>
    /// <param name="runId">Id for the run, should there be one.</param>
    /// <returns>Each wish with what becomes of it: at most one starts, the others that are granted are served by its run.</returns>
    public static IReadOnlyList<RetrainingRequest> Judge(
        IReadOnlyList<RetrainingRequest> waiting, IReadOnlyList<RetrainingRequest> before, TriggerSpec triggers, string runId)
    {
        var judged = new List<RetrainingRequest>();
        var started = false;
        // A person's wish first: it needs no budget, and may serve the others.
        foreach (var wish in waiting.OrderBy(w => w.Trigger is not RunTrigger.Manual).ThenBy(w => w.At).ThenBy(w => w.Id, StringComparer.Ordinal))
        {
            var refused = Served(wish, before) ?? Cooling(wish, before, triggers) ?? (started ? null : OverBudget(wish, before, triggers));
            judged.Add(refused ?? wish with
            {
                Status = started ? RetrainingStatus.Coalesced : RetrainingStatus.Starting,
                RunId = runId,
                Outcome = started ? $"Run {runId}, which another request started, serves it too." : null,
            });
            started |= refused is null;
        }

        return judged;
    }

    /// <summary>An alert whose cause is no newer than that of an alert which has started a run: that run knows it already.</summary>
    private static RetrainingRequest? Served(RetrainingRequest wish, IReadOnlyList<RetrainingRequest> before)
    {
        if (!IsAlert(wish)) return null;
        var serving = before.Where(b => IsAlert(b) && b.At >= wish.At).MinBy(b => b.At);
        return serving is null
            ? null
            : wish with { Status = RetrainingStatus.Coalesced, RunId = serving.RunId, Outcome = $"Run {serving.RunId}, which an alert of {serving.At:u} started, serves it too." };
    }

    private static bool IsAlert(RetrainingRequest wish) => wish.Trigger is RunTrigger.Drift or RunTrigger.Performance or RunTrigger.Staleness;

    private static RetrainingRequest? Cooling(RetrainingRequest wish, IReadOnlyList<RetrainingRequest> before, TriggerSpec triggers)
    {
        if (triggers.For(wish.Trigger)?.Cooldown is not { } cooldown) return null;
        var last = before.Where(b => b.Trigger == wish.Trigger && b.At <= wish.At).MaxBy(b => b.At);
        return last is null || wish.At - last.At >= cooldown
            ? null
            : wish with { Status = RetrainingStatus.Cooling, Outcome = $"Run {last.RunId} was started for the same kind of reason at {last.At:u}; the cooldown is {cooldown}." };
    }

    private static RetrainingRequest? OverBudget(RetrainingRequest wish, IReadOnlyList<RetrainingRequest> before, TriggerSpec triggers)
    {
        if (wish.Trigger is RunTrigger.Manual || triggers.Budget is not { } budget) return null;
        var spent = before.Count(b => b.Trigger is not RunTrigger.Manual && b.At <= wish.At && b.At > wish.At - budget.Per);
        return spent < budget.Runs
            ? null
            : wish with { Status = RetrainingStatus.OverBudget, Outcome = $"{spent} runs have started by themselves within {budget.Per}; the budget is {budget.Runs}. Start one by hand, or raise triggers.budget." };
    }
}
