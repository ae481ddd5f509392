using System.Text.Json;
using System.Threading.Channels;
using MlOps.Data.Features;
using MlOps.Inference;

namespace MlOps.Serving.Prediction;

/// <summary>
/// Answers the requests to one model. Those that wait at the same moment are computed as one batch: a query's fixed cost, which
/// is most of a row's, is paid once for all. Nobody is waited for: a lone request is computed at once.
/// </summary>
internal sealed class PredictionQueue : IDisposable
{
    private readonly OnnxModel model;
    private readonly FeatureComputer features;
    private readonly ServingOptions options;
    private readonly Channel<Request> waiting;

    public PredictionQueue(OnnxModel model, FeatureComputer features, ServingOptions options)
    {
        (this.model, this.features, this.options) = (model, features, options);
        waiting = Channel.CreateBounded<Request>(options.MaxWaitingRequests);
        for (var i = 0; i < Environment.ProcessorCount; i++) _ = Task.Run(WorkAsync);
    }

    /// <summary>The model's output for each row, in order: shape [rows, width].</summary>
    /// <exception cref="InvalidInstancesException">A row cannot be used; other requests are not touched by that.</exception>
    /// <exception cref="OverloadedException">Too many requests wait already.</exception>
    public Task<float[]> PredictAsync(IReadOnlyList<JsonElement> instances, CancellationToken cancellationToken)
    {
        var request = new Request(instances, cancellationToken);
        return waiting.Writer.TryWrite(request) ? request.Answer.Task : throw new OverloadedException(options.MaxWaitingRequests);
    }

    /// <summary>Ends the work; called when nobody waits for an answer any more.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        model.Dispose();
        features.Dispose();
    }

    private async Task WorkAsync()
    {
        var batch = new List<Request>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            Take(batch);
            if (batch.Count is 1) AnswerAlone(batch[0]);
            else if (batch.Count > 1) AnswerTogether(batch);
            batch.Clear();
        }
    }

    /// <summary>What waits now, up to the largest batch; requests whose caller has gone are left out.</summary>
    private void Take(List<Request> batch)
    {
        var rows = 0;
        while (rows < options.MaxInstances && waiting.Reader.TryRead(out var request))
        {
            if (request.CancellationToken.IsCancellationRequested)
            {
                request.Answer.TrySetCanceled(request.CancellationToken);
                continue;
            }

            batch.Add(request);
            rows += request.Instances.Count;
        }
    }

    private void AnswerTogether(List<Request> batch)
    {
        float[] scores;
        try
        {
            scores = Score([.. batch.SelectMany(r => r.Instances)], CancellationToken.None);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // One of them has a row that cannot be used; each is answered for itself, so that no other feels it.
            foreach (var request in batch) AnswerAlone(request);
            return;
        }

        var at = 0;
        foreach (var request in batch)
        {
            var length = request.Instances.Count * model.Signature.OutputWidth;
            request.Answer.TrySetResult(scores[at..(at + length)]);
            at += length;
        }
    }

    private void AnswerAlone(Request request)
    {
        try
        {
            request.Answer.TrySetResult(Score(request.Instances, request.CancellationToken));
        }
        catch (OperationCanceledException)
        {
            request.Answer.TrySetCanceled(request.CancellationToken);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            request.Answer.TrySetException(error);
        }
    }

    private float[] Score(IReadOnlyList<JsonElement> instances, CancellationToken cancellationToken) =>
        model.Score(features.Compute(instances, cancellationToken));

    private sealed record Request(IReadOnlyList<JsonElement> Instances, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<float[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Too many requests wait for one model.</summary>
internal sealed class OverloadedException(int waiting) : Exception($"{waiting} requests wait already. Try again in a moment.")
{
}
