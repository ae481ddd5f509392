using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Scoring;

/// <summary>A chunk of a job's rows.</summary>
internal sealed record ChunkOrder(string JobId, int Chunk);

/// <summary>How a job ends.</summary>
internal sealed record ScoringEnd(string JobId, int Chunks, string? Error);

/// <summary>Scores a file: chooses the model, scores chunk after chunk, and puts the answers together.</summary>
internal sealed class BatchScoring : TaskOrchestrator<string, bool>
{
    public override async Task<bool> RunAsync(TaskOrchestrationContext context, string input)
    {
        try
        {
            var chunks = await context.CallActivityAsync<int>(nameof(PrepareScoring), input, StepRetry.Options);
            for (var chunk = 0; chunk < chunks; chunk++) await context.CallActivityAsync<bool>(nameof(ScoreChunk), new ChunkOrder(input, chunk), StepRetry.Options);
            return await context.CallActivityAsync<bool>(nameof(CloseScoring), new ScoringEnd(input, chunks, null), StepRetry.Options);
        }
        catch (TaskFailedException e)
        {
            return await context.CallActivityAsync<bool>(nameof(CloseScoring), new ScoringEnd(input, 0, StepRetry.RootMessage(e.FailureDetails)), StepRetry.Options);
        }
    }
}
