using MlOps.Core.Evaluation;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Data.Features;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Evaluation;

internal sealed record CandidateRequest(FeatureSetRef Features, TrialOutcome Best);

/// <summary>Measures the best trial's model on the untouched test part, as serving will run it, and makes its package.</summary>
internal sealed class EvaluateCandidate(RunStepServices services, TestPart testPart) : RunStep<CandidateRequest, CandidateRef>(services)
{
    protected override string Step => RunSteps.Evaluate;

    protected override string RunIdOf(CandidateRequest input) => input.Features.RunId;

    protected override (StepStatus, string) Describe(CandidateRef output) =>
        (StepStatus.Done, string.Join("  ", output.Metrics.Select(m => $"{m.Key} {m.Value:0.####}")));

    protected override async Task<CandidateRef> ExecuteAsync(CandidateRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var (features, best) = input;
        var spec = await Specs.ReadAsync(features.RunId, cancellationToken);
        var package = new ModelFiles(best.Folder + ModelPackage.Model, best.Folder + ModelPackage.Signature, features.Folder + FeatureSet.TransformFile);
        await progress.ReportAsync($"trial {best.Trial} on {features.TestRows:N0} test rows", cancellationToken);

        using var work = Work.Create();
        var (report, scores, golden) = await testPart.MeasureAsync(package, features, spec.Evaluation, work, cancellationToken);
        var folder = CandidateFiles.FolderOf(features.RunId);
        await Blobs.WriteJsonAsync(folder + ModelPackage.Metrics, report, cancellationToken);
        await Blobs.WriteJsonAsync(folder + ModelPackage.Golden, golden, cancellationToken);
        if (spec.Gates.Any(g => g.Confidence is not null)) await TestScoreFiles.WriteAsync(Blobs, features.RunId, Step, scores, cancellationToken);
        var inputs = await Blobs.ReadJsonAsync<InputProfile>(features.Folder + FeatureSet.InputsFile, cancellationToken);
        await Blobs.WriteJsonAsync(folder + ModelPackage.Inputs, inputs with { Policy = spec.Release.Inputs }, cancellationToken);
        await work.CopyAsync(package.Transform, folder + ModelPackage.Features, cancellationToken);
        await work.CopyAsync(package.Signature, folder + ModelPackage.Signature, cancellationToken);
        await work.CopyAsync(package.Model, folder + ModelPackage.Model, cancellationToken);
        var sums = await VerifiedPackage.SealAsync(Blobs, folder, cancellationToken);
        return new CandidateRef(features.RunId, folder, best.Trial, sums.Of(ModelPackage.Model)!, sums.Sha256, MetricsOf(report));
    }

    /// <summary>The report's metrics, and the latencies that gates may ask for.</summary>
    internal static SortedDictionary<string, double> MetricsOf(EvaluationReport report) => new(report.Metrics.ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal), StringComparer.Ordinal)
    {
        ["latencyP50"] = report.LatencyP50,
        ["latencyP99"] = report.LatencyP99,
    };
}
