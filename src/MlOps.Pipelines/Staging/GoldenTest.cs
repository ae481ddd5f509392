namespace MlOps.Pipelines.Staging;

/// <summary>The golden rows are answered as evaluation answered them.</summary>
internal sealed class GoldenTest : IApplicationTest
{
    public string Name => "golden rows";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        var answer = await staged.Client.PredictAsync(staged.Golden.Instances, cancellationToken);
        if (answer.TryRead() is not { } response) return new(false, answer.ToString());
        var (passed, detail) = GoldenAnswers.Compare(staged.Golden, response.Predictions);
        return new(passed, detail);
    }
}
