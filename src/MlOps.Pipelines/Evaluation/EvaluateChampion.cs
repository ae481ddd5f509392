using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Evaluation;

internal sealed record ChampionRequest(FeatureSetRef Features, string Endpoint);

/// <summary>Measures the version in production on the candidate's test part: both are held against the same examples.</summary>
internal sealed class EvaluateChampion(RunStepServices services, TestPart testPart, EndpointStore endpoints) : RunStep<ChampionRequest, ChampionRef?>(services)
{
    protected override string Step => RunSteps.Champion;

    protected override string RunIdOf(ChampionRequest input) => input.Features.RunId;

    protected override (StepStatus, string) Describe(ChampionRef? output) => output is null
        ? (StepStatus.Skipped, "nothing in production yet")
        : (StepStatus.Done, $"version {output.Model.Version}: {string.Join("  ", output.Metrics.Select(m => $"{m.Key} {m.Value:0.####}"))}");

    protected override async Task<ChampionRef?> ExecuteAsync(ChampionRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        if (await endpoints.TryGetAsync(input.Endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Champion() is not { } champion) return null;

        // A champion that was tampered with would make any candidate look good, or none.
        if (champion.Package is not null) await (await VerifiedPackage.OpenAsync(Blobs, champion, cancellationToken)).CheckAsync(cancellationToken);
        var path = ModelPackage.PathOf(champion.Model, champion.Version);
        var package = new ModelFiles(path + ModelPackage.Model, path + ModelPackage.Signature, path + ModelPackage.Features);
        var spec = await Specs.ReadAsync(input.Features.RunId, cancellationToken);
        await progress.ReportAsync($"version {champion.Version} on {input.Features.TestRows:N0} test rows", cancellationToken);
        using var work = Work.Create();
        var (report, scores, _) = await testPart.MeasureAsync(package, input.Features, spec.Evaluation, work, cancellationToken);
        if (spec.Gates.Any(g => g.Confidence is not null)) await TestScoreFiles.WriteAsync(Blobs, input.Features.RunId, Step, scores, cancellationToken);
        return new ChampionRef(new(champion.Model, champion.Version, champion.Sha256, champion.Package ?? ""), EvaluateCandidate.MetricsOf(report));
    }
}
