using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Scoring;

/// <summary>How a job's rows are cut.</summary>
internal sealed record ScoringPlan(int Chunks, int ChunkRows);

/// <summary>A chunk of a job's rows.</summary>
internal sealed record ChunkOrder(string JobId, int ChunkRows, int Chunk);

/// <summary>How a job ends.</summary>
internal sealed record ScoringEnd(string JobId, ScoringPlan? Plan, string? Problem);

/// <summary>
/// Scores a file: reads it, scores it chunk by chunk, and puts the answers together. Of a job that is cancelled every step does nothing, and
/// the last one, once all others have come to rest, removes what they wrote.
/// </summary>
internal sealed class BatchScoring : TaskOrchestrator<string, bool>
{
    private const int Parallel = 4;

    public override async Task<bool> RunAsync(TaskOrchestrationContext context, string input)
    {
        try
        {
            var plan = await context.CallActivityAsync<ScoringPlan?>(nameof(PrepareScoring), input, StepRetry.Options);
            foreach (var chunks in Enumerable.Range(0, plan?.Chunks ?? 0).Chunk(Parallel))
            {
                var scored = await Task.WhenAll(
                    chunks.Select(chunk => context.CallActivityAsync<bool>(nameof(ScoreChunk), new ChunkOrder(input, plan!.ChunkRows, chunk), StepRetry.Options)));
                if (!Array.TrueForAll(scored, isScored => isScored)) break;
            }

            return await context.CallActivityAsync<bool>(nameof(CloseScoring), new ScoringEnd(input, plan, null), StepRetry.Options);
        }
        catch (TaskFailedException e)
        {
            return await context.CallActivityAsync<bool>(nameof(CloseScoring), new ScoringEnd(input, null, StepRetry.RootMessage(e.FailureDetails)), StepRetry.Options);
        }
    }
}
