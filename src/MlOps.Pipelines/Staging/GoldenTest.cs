namespace MlOps.Pipelines.Staging;

/// <summary>The golden rows are answered as evaluation answered them.</summary>
internal sealed class GoldenTest : IApplicationTest
{
    // Scores are float32 sums; the batch they are computed in may change their order.
    private const double Tolerance = 1e-4;

    public string Name => "golden rows";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        var answer = await staged.Client.PredictAsync(staged.Golden.Instances, cancellationToken);
        if (answer.TryRead() is not { } response || response.Predictions.Count != staged.Golden.Expected.Count) return new(false, answer.ToString());
        var worst = staged.Golden.Expected.Zip(response.Predictions, (expected, got) => expected.Zip(got.Scores, (e, g) => Math.Abs(e - g)).Max()).Max();
        return worst <= Tolerance
            ? new(true, $"{staged.Golden.Instances.Count} answered as evaluated (largest difference {worst:0.0e0})")
            : new(false, $"an answer differs by {worst:0.0000} from the evaluation, more than {Tolerance}");
    }
}
