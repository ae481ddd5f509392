using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>A request that a shadow computes after its caller has been answered. Holds the shadow's model in memory.</summary>
/// <param name="Call">The request.</param>
/// <param name="Variant">The shadow.</param>
/// <param name="AnsweredScores">What the caller got.</param>
internal sealed record MirroredCall(PredictionCall Call, ServedVariant Variant, float[] AnsweredScores);

/// <summary>Computes copies of answered requests, a few at a time, beside the answering. When too many wait, further ones are let go: answers come first.</summary>
internal sealed class MirrorQueue(AnswerObservers observers, IOptions<ServingOptions> options, TimeProvider time) : BackgroundService
{
    private const int AtOnce = 32;
    private readonly Channel<MirroredCall> waiting = Channel.CreateBounded<MirroredCall>(options.Value.MaxWaitingMirrors);

    /// <summary>Takes a copy, or lets it go; either way its use of the model is ended here.</summary>
    public void TryAdd(MirroredCall mirrored)
    {
        if (!waiting.Writer.TryWrite(mirrored)) mirrored.Variant.Model.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Task>();
        try
        {
            while (await waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                while (batch.Count < AtOnce && waiting.Reader.TryRead(out var mirrored)) batch.Add(ComputeAsync(mirrored, stoppingToken));
                await Task.WhenAll(batch);
                batch.Clear();
            }
        }
        finally
        {
            waiting.Writer.Complete();
            while (waiting.Reader.TryRead(out var left)) left.Variant.Model.Dispose();
        }
    }

    private async Task ComputeAsync(MirroredCall mirrored, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var scores = await mirrored.Variant.Model.Predictions.PredictAsync(mirrored.Call.Instances, cancellationToken);
            observers.Tell(mirrored.Call, mirrored.Variant, start, scores, StatusCodes.Status200OK, answered: mirrored.AnsweredScores);
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            var status = error is InvalidInstancesException ? StatusCodes.Status400BadRequest : StatusCodes.Status500InternalServerError;
            observers.Tell(mirrored.Call, mirrored.Variant, start, [], status, error.Message, mirrored.AnsweredScores);
        }
        finally
        {
            mirrored.Variant.Model.Dispose();
        }
    }
}
