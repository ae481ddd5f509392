using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>A request that a shadow computes after its caller has been answered.</summary>
/// <param name="Call">The request.</param>
/// <param name="Endpoint">The endpoint as it was.</param>
/// <param name="Variant">The shadow.</param>
/// <param name="AnsweredScores">What the caller got.</param>
internal sealed record MirroredCall(PredictionCall Call, ServedEndpoint Endpoint, ServedVariant Variant, float[] AnsweredScores);

/// <summary>Computes copies of answered requests, a few at a time, beside the answering. When too many wait, further ones are let go: answers come first.</summary>
internal sealed class MirrorQueue(AnswerObservers observers, IOptions<ServingOptions> options, TimeProvider time) : BackgroundService
{
    private const int AtOnce = 32;
    private readonly Channel<MirroredCall> _waiting = Channel.CreateBounded<MirroredCall>(options.Value.MaxWaitingMirrors);

    /// <summary>Takes a copy, or lets it go when too many wait.</summary>
    public void TryAdd(MirroredCall mirrored) => _waiting.Writer.TryWrite(mirrored);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Task>();
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            while (batch.Count < AtOnce && _waiting.Reader.TryRead(out var mirrored)) batch.Add(ComputeAsync(mirrored, stoppingToken));
            await Task.WhenAll(batch);
            batch.Clear();
        }
    }

    private async Task ComputeAsync(MirroredCall mirrored, CancellationToken cancellationToken)
    {
        var (call, endpoint, variant, answered) = mirrored;
        var start = time.GetTimestamp();
        try
        {
            // A shadow that has left the manifest meanwhile computes no more.
            using var model = await variant.Model.TryUseAsync(cancellationToken);
            if (model is null) return;
            var rows = call.Rows.Read(model.Rows, int.MaxValue, endpoint.Manifest.StickyBy);
            var scores = await model.Predictions.PredictAsync(rows, cancellationToken);
            observers.Tell(call, variant, start, scores, StatusCodes.Status200OK, answered: answered);
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            var status = error switch
            {
                InvalidInstancesException => StatusCodes.Status400BadRequest,
                PredictionException refused => refused.Status,
                _ => StatusCodes.Status500InternalServerError,
            };
            observers.Tell(call, variant, start, [], status, error.Message, answered);
        }
    }
}
