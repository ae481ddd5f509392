using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Checks a dataset version against the pipeline's rules; rows that break one are set apart with their reasons.</summary>
internal sealed class ValidateDataset(RunStepServices services, DatasetExaminer examiner, DatasetCatalog catalog, AuditLog audit)
    : RunStep<DatasetRef, ValidationVerdict>(services)
{
    protected override string Step => RunSteps.Validate;

    protected override string RunIdOf(DatasetRef input) => input.RunId;

    protected override (StepStatus, string) Describe(ValidationVerdict output) => output switch
    {
        { Passed: true } => (StepStatus.Done, $"{output.Kept:N0} rows kept, {output.Quarantined:N0} quarantined, {output.Checks.Count(c => c.Passed)} of {output.Checks.Count} checks met"),
        { Accepted: { } accepted } => (StepStatus.Done, $"failed, and accepted by {accepted.By}: {output.Reason}"),
        _ => (StepStatus.Failed, output.Reason),
    };

    protected override async Task<ValidationVerdict> ExecuteAsync(DatasetRef input, StepProgress progress, CancellationToken cancellationToken)
    {
        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        var record = (await catalog.TryGetAsync(input.Name, input.Version, cancellationToken))!;
        await progress.ReportAsync($"{input.Rows:N0} rows", cancellationToken);
        var verdict = await examiner.ExamineAsync(record, spec, $"quarantine/{input.Name}/{input.RunId}/", cancellationToken);
        await audit.AppendAsync(
            new("mlops", verdict.Passed ? "dataset.passed" : "dataset.failed", $"datasets/{input.Name}/{input.Version}", $"Run {input.RunId}: {verdict.Kept} kept, {verdict.Quarantined} quarantined. {verdict.Reason}")
            {
                Key = $"runs/{input.RunId}/validated",
            },
            cancellationToken);
        return verdict;
    }
}
