using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlOps.Core.Approvals;
using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Evaluation;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Data.Drift;
using MlOps.Data.Native;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Approvals;

/// <summary>Gathers what a run has recorded of its candidate, and of the version that it would replace.</summary>
internal sealed class DossierWriter(RunStepServices services, ModelRegistry registry, DatasetCatalog datasets, ILogger<DossierWriter> logger)
{
    private const int MostSlices = 60;

    public async Task<ApprovalDossier> ComposeAsync(string runId, ModelRef model, CancellationToken cancellationToken)
    {
        var spec = await services.Specs.ReadAsync(runId, cancellationToken);
        var run = (await services.Runs.TryGetAsync(runId, cancellationToken))!;
        var steps = await services.Runs.ListStepsAsync(runId, cancellationToken);
        var champion = ResultOf<ChampionRef>(steps, RunSteps.Champion);
        var candidate = (await registry.TryGetAsync(model.Name, model.Version, cancellationToken))!;
        var former = champion is null ? null : await registry.TryGetAsync(champion.Model.Name, champion.Model.Version, cancellationToken);
        var report = await services.Blobs.ReadJsonAsync<EvaluationReport>(candidate.Path + ModelPackage.Metrics, cancellationToken);
        return new()
        {
            Pipeline = spec.Name,
            Description = spec.Description,
            StartedBy = run.StartedBy,
            Trigger = run.Trigger,
            Champion = champion?.Model,
            TestRows = report.Rows,
            Metrics = MetricsOf(candidate, champion, report),
            Gates = ResultOf<GateReport>(steps, RunSteps.Gates)?.Gates ?? [],
            Slices = SlicesOf(report),
            Validation = ResultOf<ValidationVerdict>(steps, RunSteps.Validate),
            Drift = former is null ? null : await TryCompareDataAsync(runId, spec, candidate, former, cancellationToken),
            Data = await FactsOfAsync(candidate, cancellationToken),
            ChampionData = former is null ? [] : await FactsOfAsync(former, cancellationToken),
            Parameters = await ParametersOfAsync(candidate, former, cancellationToken),
            PipelineChanges = former is null ? "" : await ChangesAsync(former.RunId, runId, cancellationToken),
            Card = await TextAsync(candidate.Path + ModelPackage.Card, cancellationToken),
            Datasheet = candidate.Datasets is [.., var newest] ? await TextAsync($"datasets/{candidate.Name}/{newest}/{DatasetFiles.Datasheet}", cancellationToken) : "",
        };
    }

    /// <summary>In the order in which reports show them; latencies, which vary from run to run, last and without a verdict.</summary>
    private static IReadOnlyList<MetricComparison> MetricsOf(ModelVersionRecord candidate, ChampionRef? champion, EvaluationReport report)
    {
        var order = MetricCatalog.All.Select(m => m.Name).ToList();
        return
        [
            .. candidate.Metrics.OrderBy(m => order.IndexOf(m.Key) is >= 0 and var place ? place : order.Count).ThenBy(m => m.Key, StringComparer.Ordinal).Select(m => new MetricComparison(
                m.Key,
                m.Value,
                champion?.Metrics.TryGetValue(m.Key, out var value) is true ? value : null,
                MetricCatalog.Find(m.Key)?.MoreIsBetter,
                report.Intervals.TryGetValue(m.Key, out var interval) ? interval : null)),
        ];
    }

    /// <summary>The leading metric of the problem; the worst parts first, for these are what one asks about.</summary>
    private static IReadOnlyList<SliceFinding> SlicesOf(EvaluationReport report)
    {
        if (MetricCatalog.For(report.Task).FirstOrDefault(m => report.Metrics.ContainsKey(m.Name)) is not { } metric) return [];
        var overall = report.Metrics[metric.Name];
        return
        [
            .. report.Slices
                .Where(s => s.Metrics.TryGetValue(metric.Name, out var value) && !double.IsNaN(value))
                .Select(s => new SliceFinding(s.Slice, s.Value, s.Rows, metric.Name, s.Metrics[metric.Name], overall))
                .OrderBy(s => metric.MoreIsBetter ? s.Result : -s.Result)
                .Take(MostSlices),
        ];
    }

    /// <summary>A comparison that cannot be made leaves its place empty: the rest is worth reading without it.</summary>
    private async Task<DriftReport?> TryCompareDataAsync(string runId, PipelineSpec spec, ModelVersionRecord candidate, ModelVersionRecord former, CancellationToken cancellationToken)
    {
        // The same data differs in nothing.
        if (candidate.Datasets.SequenceEqual(former.Datasets, StringComparer.Ordinal)) return null;
        using var work = services.Work.Create();
        var reference = await ChampionData.LayAsync(former, work, cancellationToken);
        var current = new List<string>();
        foreach (var version in candidate.Datasets)
            current.Add(await work.LayAsync(DatasetCatalog.DataOf(candidate.Name, version), $"candidate-{current.Count}.parquet", cancellationToken));
        try
        {
            return await Task.Run(() => new DriftDetector().Compare(reference, current, spec.Data, new DriftSpec(), cancellationToken), cancellationToken);
        }
        catch (DuckDbException problem)
        {
            logger.DataNotCompared(runId, problem.Message);
            return null;
        }
    }

    private async Task<IReadOnlyList<DatasetFacts>> FactsOfAsync(ModelVersionRecord model, CancellationToken cancellationToken)
    {
        var facts = new List<DatasetFacts>();
        foreach (var version in model.Datasets)
        {
            if (await datasets.TryGetAsync(model.Name, version, cancellationToken) is { } d) facts.Add(new(d.Version, d.Rows, d.MinTime, d.MaxTime));
        }

        return facts;
    }

    private async Task<IReadOnlyList<ParameterComparison>> ParametersOfAsync(ModelVersionRecord candidate, ModelVersionRecord? former, CancellationToken cancellationToken)
    {
        var now = await BestTrialAsync(candidate.RunId, cancellationToken);
        var before = former is null ? [] : await BestTrialAsync(former.RunId, cancellationToken);
        var names = now.Keys.Union(before.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return [.. names.Select(n => new ParameterComparison(n, now.GetValueOrDefault(n), before.GetValueOrDefault(n)))];
    }

    private async Task<Dictionary<string, string>> BestTrialAsync(string runId, CancellationToken cancellationToken)
    {
        var best = ResultOf<TrialOutcome>(await services.Runs.ListStepsAsync(runId, cancellationToken), RunSteps.Search)?.Trial;
        var trial = (await services.Runs.ListTrialsAsync(runId, cancellationToken)).FirstOrDefault(t => t.Trial == best);
        return trial is null ? [] : new(trial.Parameters, StringComparer.Ordinal) { ["trainer"] = trial.Trainer };
    }

    private async Task<string> ChangesAsync(string fromRun, string toRun, CancellationToken cancellationToken) => LineDiff.Unified(
        await TextAsync(RunSpecs.NameOf(fromRun), cancellationToken), await TextAsync(RunSpecs.NameOf(toRun), cancellationToken), "pipeline.yaml");

    private async Task<string> TextAsync(string blob, CancellationToken cancellationToken) =>
        await services.Blobs.TryReadAsync(blob, cancellationToken) is { } found ? Encoding.UTF8.GetString(found.Content.Span) : "";

    private static T? ResultOf<T>(IReadOnlyList<StepRecord> steps, string step)
        where T : class =>
        steps.FirstOrDefault(s => s.Step == step)?.Result is { ValueKind: JsonValueKind.Object } result ? result.Deserialize<T>(MlOpsJson.Compact) : null;
}
