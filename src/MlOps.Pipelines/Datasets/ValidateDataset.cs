using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.Data.Ingest;
using MlOps.Data.Validation;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Checks a dataset version against the pipeline's rules; rows that break one are set apart with their reasons.</summary>
internal sealed class ValidateDataset(RunStepServices services, DatasetCatalog catalog, AuditLog audit)
    : RunStep<DatasetRef, ValidationVerdict>(services)
{
    protected override string Step => RunSteps.Validate;

    protected override string RunIdOf(DatasetRef input) => input.RunId;

    protected override (StepStatus, string) Describe(ValidationVerdict output) => output.Passed
        ? (StepStatus.Done, $"{output.Kept:N0} rows kept, {output.Quarantined:N0} quarantined, {output.Checks.Count} checks passed")
        : (StepStatus.Failed, output.Reason);

    protected override async Task<ValidationVerdict> ExecuteAsync(DatasetRef input, StepProgress progress, CancellationToken cancellationToken)
    {
        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        using var work = Work.Create();
        var data = await work.LayAsync(DatasetCatalog.DataOf(input.Name, input.Version), "data.parquet", cancellationToken);
        var quarantine = work["rows.parquet"];
        var record = (await catalog.TryGetAsync(input.Name, input.Version, cancellationToken))!;
        var verdict = await Task.Run(
            () => new DatasetValidator().Validate(data, IngestOf(input, record, data), spec.Data, quarantine, cancellationToken), cancellationToken);

        if (File.Exists(quarantine))
            await work.PublishAsync("rows.parquet", $"quarantine/{input.Name}/{input.RunId}/rows.parquet", cancellationToken);
        await catalog.SetVerdictAsync(input.Name, input.Version, verdict, cancellationToken);
        await audit.AppendAsync(
            new("mlops", verdict.Passed ? "dataset.passed" : "dataset.failed", $"datasets/{input.Name}/{input.Version}", $"Run {input.RunId}: {verdict.Kept} kept, {verdict.Quarantined} quarantined. {verdict.Reason}"),
            cancellationToken);
        return verdict;
    }

    private static IngestResult IngestOf(DatasetRef dataset, DatasetRecord record, string data) => new()
    {
        Version = DatasetVersion.Parse(dataset.Version),
        Rows = dataset.Rows,
        UnreadableRows = dataset.Unreadable,
        Files = record.Sources,
        DataPath = data,
    };
}
