using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Registry;

/// <summary>Makes the candidate a model version: its card is written and its package copied, then its stage says that it passed its gates.</summary>
internal sealed class RegisterModel(RunStepServices services, ModelRegistry registry, CardWriter card, TimeProvider time) : RunStep<RegisterRequest, ModelRef>(services)
{
    protected override string Step => RunSteps.Register;

    protected override string RunIdOf(RegisterRequest input) => input.Candidate.RunId;

    protected override (StepStatus, string) Describe(ModelRef output) =>
        (StepStatus.Done, $"model {output.Name} version {output.Version}, sha256 {output.Sha256[..12]}");

    protected override async Task<ModelRef> ExecuteAsync(RegisterRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var (candidate, features, _) = input;
        var spec = await Specs.ReadAsync(candidate.RunId, cancellationToken);
        var record = await registry.AddAsync(spec.Name, candidate.RunId, version => RecordOf(spec.Name, version, candidate, features), "mlops", cancellationToken);
        await card.WriteAsync(spec, record, input, cancellationToken);
        using var work = Work.Create();
        foreach (var file in ModelPackage.Measured) await work.CopyAsync(candidate.Folder + file, record.Path + file, cancellationToken);
        // What is registered is what was measured, byte for byte.
        await (await VerifiedPackage.OpenAsync(Blobs, record.Path, candidate.Package, cancellationToken)).CheckAsync(cancellationToken);

        await registry.MoveAsync(record.Name, record.Version, ModelStage.Passed, "mlops", $"Every gate of run {candidate.RunId} passed.", cancellationToken);
        return new ModelRef(record.Name, record.Version, record.Sha256, candidate.Package);
    }

    private ModelVersionRecord RecordOf(string name, int version, CandidateRef candidate, FeatureSetRef features) => new()
    {
        Name = name,
        Version = version,
        Stage = ModelStage.Created,
        RunId = candidate.RunId,
        Datasets = features.Datasets,
        Sha256 = candidate.Sha256,
        Package = candidate.Package,
        Path = ModelPackage.PathOf(name, version),
        Metrics = candidate.Metrics,
        CreatedAt = time.GetUtcNow(),
    };
}
