using MlOps.Core.Evaluation;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Evaluation;

/// <summary>Where a run keeps what candidate and champion answered for each row of the test part.</summary>
internal static class TestScoreFiles
{
    public static Task WriteAsync(IBlobStore blobs, string runId, string step, TestScores scores, CancellationToken cancellationToken) =>
        blobs.TryWriteAsync(NameOf(runId, step), scores.ToBytes(), WriteCondition.None, cancellationToken);

    /// <returns><see langword="null"/>: they are not there, as in a run that began before its pipeline asked for them.</returns>
    public static async Task<TestScores?> TryReadAsync(IBlobStore blobs, string runId, string step, CancellationToken cancellationToken) =>
        await blobs.TryReadAsync(NameOf(runId, step), cancellationToken) is { } found ? TestScores.FromBytes(found.Content.Span) : null;

    private static string NameOf(string runId, string step) => $"runs/{runId}/{step}/scores.bin";
}
