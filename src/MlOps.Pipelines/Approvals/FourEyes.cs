using System.Text.Json;
using MlOps.Core.Approvals;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Storage.Models;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Approvals;

/// <summary>Who had a hand in a candidate and may not decide on it.</summary>
internal sealed class FourEyes(RunStore runs, ModelRegistry registry, ChangeAuthors authors)
{
    private static readonly HashSet<string> s_machines = new(StringComparer.Ordinal) { "drop", "schedule", "monitor", "mlops" };

    /// <summary>Those people, each with what they did; empty where the pipeline does not ask for four eyes.</summary>
    public async Task<IReadOnlyList<Exclusion>> FindAsync(RunRecord run, ApprovalSpec terms, CancellationToken cancellationToken)
    {
        if (!terms.FourEyes) return [];
        var approvers = terms.Resolve(terms.Approvers);
        var changed = await authors.FindAsync(run.RunId, run.Pipeline, await ChampionSinceAsync(run.RunId, cancellationToken), cancellationToken);
        (string Name, string Why)[] hands =
        [
            // A file or the clock has no hands; whoever dropped the file is not known.
            .. s_machines.Contains(run.StartedBy) ? Array.Empty<(string, string)>() : [(run.StartedBy, "started the run")],
            .. changed.Select(a => (a, "changed the pipeline")),
        ];
        return [.. hands.GroupBy(h => h.Name, StringComparer.OrdinalIgnoreCase).Select(h =>
            new Exclusion(h.Key, string.Join(" and ", h.Select(x => x.Why)), approvers.Contains(h.Key, StringComparer.OrdinalIgnoreCase)))];
    }

    /// <summary>Changes that came with the version in production were decided on with it.</summary>
    private async Task<DateTimeOffset?> ChampionSinceAsync(string runId, CancellationToken cancellationToken)
    {
        var steps = await runs.ListStepsAsync(runId, cancellationToken);
        return steps.FirstOrDefault(s => s.Step is RunSteps.Champion)?.Result?.Deserialize<ChampionRef?>(MlOpsJson.Compact) is { Model: var champion }
            ? (await registry.TryGetAsync(champion.Name, champion.Version, cancellationToken))?.CreatedAt
            : null;
    }
}
