using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Staging;

/// <summary>Answers have the shape that the signature promises, and rows that the version in production takes are taken.</summary>
internal sealed class ContractTest : IApplicationTest
{
    private const double Rounding = 1e-3;

    public string Name => "contract";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        var cases = new List<ApplicationTestCase>();
        var answer = await staged.Client.PredictAsync(staged.Golden.Instances, cancellationToken);
        if (answer.TryRead() is not { } response) return new(false, answer.ToString());
        Check("names the version that answers", response.Model == staged.Model.Name && response.Version == staged.Model.Version, $"{response.Model} version {response.Version}");
        Check("one prediction a row", response.Predictions.Count == staged.Golden.Instances.Count, $"{response.Predictions.Count} for {staged.Golden.Instances.Count} rows");
        Check($"{staged.Signature.OutputWidth} scores a row", response.Predictions.All(p => p.Scores.Count == staged.Signature.OutputWidth), $"{response.Predictions.Select(p => p.Scores.Count).DefaultIfEmpty(0).Max()} at most");
        Check("scores are numbers", response.Predictions.All(p => p.Scores.All(float.IsFinite)), "finite");
        Check($"shape of a {staged.Signature.Task.ToString().ToLowerInvariant()} answer", response.Predictions.All(p => HasShape(p, staged)), "value and probabilities");
        if (staged.Champion is { } champion)
        {
            var taken = await staged.Client.PredictAsync(champion.Golden.Instances, cancellationToken);
            Check($"takes the rows that version {champion.Variant.Version} takes", taken.IsSuccess, taken.IsSuccess ? $"{champion.Golden.Instances.Count} rows" : taken.ToString());
        }

        return TestFinding.Of(cases, "promises of the signature kept");

        void Check(string name, bool passed, string detail) => cases.Add(new(name, passed, detail));
    }

    private static bool HasShape(Prediction prediction, StagedVersion staged) => staged.Signature.Task switch
    {
        LearningTask.Binary => prediction.Probability is >= 0 and <= 1,
        LearningTask.Multiclass => prediction.Probabilities is { } p && p.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(staged.Signature.Classes) && Math.Abs(p.Values.Sum() - 1) < Rounding,
        _ => prediction.Value.ValueKind is System.Text.Json.JsonValueKind.Number,
    };
}
