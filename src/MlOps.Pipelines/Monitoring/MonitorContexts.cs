using System.Globalization;
using MlOps.Core.Evaluation;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Measuring;
using MlOps.Monitoring.Windows;
using MlOps.Pipelines.Datasets;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Brings together what a monitor measures and what it holds that against.</summary>
internal sealed class MonitorContexts(IBlobStore blobs, ChampionData champions, ModelRegistry registry, DatasetCatalog datasets, ReferenceScores references, ChanceFiles chance)
{
    /// <summary>Opens the answers that a monitor looks at to measure a window; dispose them when done.</summary>
    public async Task<PredictionWindow> OpenAnswersAsync(PipelineSpec pipeline, MonitorSpec monitor, TimeWindow window, WorkFolder work, CancellationToken cancellationToken)
    {
        var endpoint = pipeline.Release.Endpoint;
        var span = monitor is ConceptDriftMonitorSpec ? window with { From = window.To - (window.Length * ConceptDriftMeasurement.Lookback) } : window;
        var days = await PredictionDays.OfAsync(blobs, endpoint, span.Days(), cancellationToken);
        var answers = await LayAsync(work, days.Answers, "answers", cancellationToken);
        var labels = await LayAsync(work, days.Labels, "labels", cancellationToken);
        return await Task.Run(() => PredictionWindow.Open(answers, labels, span, cancellationToken), cancellationToken);
    }

    /// <summary>Adds to the answers what they are held against.</summary>
    /// <returns><see langword="null"/>: nothing was answered in the window, and nothing is released now.</returns>
    /// <exception cref="PackageException">A file of the model is missing, or not what was registered.</exception>
    public async Task<MonitorContext?> TryBuildAsync(PipelineSpec pipeline, MonitorSpec monitor, PredictionWindow window, WorkFolder work, CancellationToken cancellationToken)
    {
        if (await ModelOfAsync(window, pipeline.Release.Endpoint, cancellationToken) is not { } model) return null;
        var needsTraining = monitor is QualityMonitorSpec or DriftMonitorSpec;
        var needsReference = monitor is PredictionDriftMonitorSpec or EstimatedPerformanceMonitorSpec or ConceptDriftMonitorSpec;
        var context = new MonitorContext
        {
            Pipeline = pipeline,
            Window = window,
            Model = model,
            Evaluation = await blobs.TryReadJsonAsync<EvaluationReport>(model.Path + ModelPackage.Metrics, cancellationToken),
            Reference = needsReference ? await references.GetAsync(model, work, cancellationToken) : null,
            TrainingData = needsTraining ? await TrainingOfAsync(model, work, cancellationToken) : [],
            Chance = monitor is DriftMonitorSpec or PredictionDriftMonitorSpec ? await chance.ReadAsync(model, cancellationToken) : new(),
            NewestTrainingTime = monitor is StalenessMonitorSpec ? await NewestTimeOfAsync(model, cancellationToken) : null,
            NewestLabelDay = monitor is StalenessMonitorSpec ? await NewestLabelAsync(pipeline.Release.Endpoint, cancellationToken) : null,
            WorkFolder = work.Path,
        };
        if (!MonitorContext.ReadsModel(monitor)) return context;
        var package = await VerifiedPackage.OpenAsync(blobs, model, cancellationToken);
        return context with
        {
            Signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken),
            Transform = await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken),
        };
    }

    private async Task<ModelVersionRecord?> ModelOfAsync(PredictionWindow window, string endpoint, CancellationToken cancellationToken) =>
        window.MainModel(cancellationToken) is var (name, version) && await registry.TryGetAsync(name, version, cancellationToken) is { } answered
            ? answered
            : await champions.TryFindAsync(endpoint, cancellationToken);

    private async Task<IReadOnlyList<string>> TrainingOfAsync(ModelVersionRecord model, WorkFolder work, CancellationToken cancellationToken)
    {
        foreach (var version in model.Datasets)
        {
            if (await blobs.TryGetInfoAsync(DatasetCatalog.DataOf(model.Name, version), cancellationToken) is null) return [];
        }
        return await ChampionData.LayAsync(model, work, cancellationToken);
    }

    private async Task<DateTimeOffset?> NewestTimeOfAsync(ModelVersionRecord model, CancellationToken cancellationToken)
    {
        DateTime? newest = null;
        foreach (var version in model.Datasets)
        {
            if (await datasets.TryGetAsync(model.Name, version, cancellationToken) is { MaxTime: { } time } && (newest is null || time > newest)) newest = time;
        }
        return newest is { } found ? new DateTimeOffset(DateTime.SpecifyKind(found, DateTimeKind.Utc)) : null;
    }

    private async Task<DateOnly?> NewestLabelAsync(string endpoint, CancellationToken cancellationToken)
    {
        var all = await PredictionDays.OfAllAsync(blobs, endpoint, cancellationToken);
        return all.Labels.Max(b => PredictionFiles.DayIn(endpoint, b.Name));
    }

    private static async Task<IReadOnlyList<string>> LayAsync(WorkFolder work, IReadOnlyList<BlobInfo> files, string kind, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (var file in files) paths.Add(await work.LayAsync(file.Name, string.Create(CultureInfo.InvariantCulture, $"{kind}-{paths.Count}.parquet"), cancellationToken));
        return paths;
    }
}
