using System.Text;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Leakage;
using MlOps.Data.Validation;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Holds a dataset version against a pipeline's rules, sets broken rows apart, and writes the report. Safe to run again.</summary>
internal sealed class DatasetExaminer(IBlobStore blobs, DatasetCatalog catalog, ChampionChecks champion, WorkFolders folders, TimeProvider time)
{
    /// <summary>Examines a version and writes down what was found.</summary>
    /// <param name="dataset">The version.</param>
    /// <param name="spec">The pipeline with its rules.</param>
    /// <param name="quarantine">Blob prefix, ending in a slash, for broken rows and the report; nothing is written there when nothing was found.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<ValidationVerdict> ExamineAsync(DatasetRecord dataset, PipelineSpec spec, string quarantine, CancellationToken cancellationToken)
    {
        using var work = folders.Create();
        var data = await work.LayAsync(DatasetCatalog.DataOf(dataset.Name, dataset.Version), "data.parquet", cancellationToken);
        var ingested = await IngestOfAsync(dataset, data, work, cancellationToken);
        var rows = work["rows.parquet"];
        var verdict = await Task.Run(() => new DatasetValidator().Validate(data, ingested, spec.Data, rows, cancellationToken), cancellationToken);
        verdict = await WithMoreAsync(verdict, spec, data, work, cancellationToken);
        if (!verdict.Passed && dataset.Accepted is { } accepted && accepted.Covers(verdict.FailedChecks)) verdict = verdict with { Accepted = accepted };

        var report = new ValidationReport
        {
            Dataset = dataset.Name,
            Version = dataset.Version,
            At = time.GetUtcNow(),
            Verdict = verdict,
            Samples = File.Exists(rows) ? QuarantineSamples.Read(rows, spec.Data, cancellationToken) : [],
        };
        await PublishAsync(report, quarantine, work, cancellationToken);
        await catalog.SetVerdictAsync(dataset.Name, dataset.Version, verdict, quarantine, cancellationToken);
        return verdict;
    }

    /// <summary>Adds the checks that need the label, or other data than the dataset.</summary>
    private async Task<ValidationVerdict> WithMoreAsync(
        ValidationVerdict verdict, PipelineSpec spec, string data, WorkFolder work, CancellationToken cancellationToken)
    {
        var leakage = await Task.Run(() => spec.Data.Checks.OfType<LeakageCheck>().Select(c => new LabelLeakage().Check(data, spec, c, cancellationToken)).ToList(), cancellationToken);
        List<CheckResult> checks = [.. verdict.Checks, .. leakage, .. await champion.EvaluateAsync(spec, data, work, cancellationToken)];
        return verdict with { Checks = checks, Passed = !checks.Exists(c => c.Fails) };
    }

    private async Task PublishAsync(ValidationReport report, string quarantine, WorkFolder work, CancellationToken cancellationToken)
    {
        if (File.Exists(work["rows.parquet"])) await work.PublishAsync("rows.parquet", quarantine + "rows.parquet", cancellationToken);
        if (ValidationReport.IsNeeded(report.Verdict))
        {
            await blobs.WriteJsonAsync(quarantine + DatasetFiles.Validation, report, cancellationToken);
            await blobs.TryWriteAsync(quarantine + "validation.html", Encoding.UTF8.GetBytes(ValidationPage.Render(report)), WriteCondition.None, cancellationToken);
        }

        await blobs.WriteJsonAsync(
            DatasetCatalog.FileOf(report.Dataset, report.Version, DatasetFiles.Validation), report with { Samples = [] }, cancellationToken);
    }

    /// <summary>What ingest told, from the records: the places of rows in their files follow from it.</summary>
    private async Task<IngestResult> IngestOfAsync(DatasetRecord dataset, string data, WorkFolder work, CancellationToken cancellationToken)
    {
        var rejects = $"quarantine/{dataset.Name}/{dataset.RunId}/unreadable.parquet";
        return new()
        {
            Version = DatasetVersion.Parse(dataset.Version),
            Rows = dataset.Rows,
            UnreadableRows = dataset.Unreadable,
            Files = dataset.Sources,
            DataPath = data,
            RejectsPath = await blobs.TryGetInfoAsync(rejects, cancellationToken) is null ? null : await work.LayAsync(rejects, "unreadable.parquet", cancellationToken),
        };
    }
}
