using System.Threading.Channels;
using MlOps.Core.Features;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Inference;

namespace MlOps.Serving.Prediction;

/// <summary>
/// Answers the requests to one model. Those that wait at the same moment are computed as one batch: a query's fixed cost, which
/// is most of a row's, is paid once for all. Nobody is waited for: a lone request is computed at once.
/// </summary>
internal sealed class PredictionQueue : IDisposable
{
    private readonly OnnxModel _model;
    private readonly FeatureComputer _features;
    private readonly ServingOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<Request> _waiting;

    public PredictionQueue(OnnxModel model, FeatureComputer features, ServingOptions options, TimeProvider time)
    {
        (_model, _features, _options, _time) = (model, features, options, time);
        _waiting = Channel.CreateBounded<Request>(options.MaxWaitingRequests);
        for (var i = 0; i < Environment.ProcessorCount; i++) _ = Task.Run(WorkAsync);
    }

    /// <summary>The model's output for each row, in order: shape [rows, width].</summary>
    /// <exception cref="PredictionException">Too many requests wait, it took too long, or the features cannot be computed of these rows.</exception>
    public Task<float[]> PredictAsync(RawRows rows, CancellationToken cancellationToken)
    {
        var request = new Request(rows, _time.GetTimestamp(), cancellationToken);
        return _waiting.Writer.TryWrite(request) ? request.Answer.Task : throw PredictionException.Overloaded(_options.MaxWaitingRequests);
    }

    /// <summary>Ends the work; called when nobody waits for an answer any more.</summary>
    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _model.Dispose();
        _features.Dispose();
    }

    private async Task WorkAsync()
    {
        var batch = new List<Request>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            Take(batch);
            if (batch.Count is 1) AnswerAlone(batch[0]);
            else if (batch.Count > 1) AnswerTogether(batch);
            batch.Clear();
        }
    }

    /// <summary>What waits now, up to the largest batch; requests whose caller has gone, or waits too long already, are left out.</summary>
    private void Take(List<Request> batch)
    {
        var rows = 0;
        while (rows < _options.MaxInstances && _waiting.Reader.TryRead(out var request))
        {
            if (request.CancellationToken.IsCancellationRequested) request.Answer.TrySetCanceled(request.CancellationToken);
            else if (_time.GetElapsedTime(request.Since) > _options.RequestTimeout) request.Answer.TrySetException(PredictionException.TooLate(_options.RequestTimeout));
            else
            {
                batch.Add(request);
                rows += request.Rows.Rows;
            }
        }
    }

    private void AnswerTogether(List<Request> batch)
    {
        float[] scores;
        try
        {
            using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
            scores = Score([.. batch.Select(r => r.Rows)], limit.Token);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // One of them has a row that cannot be computed; each is answered for itself, so that no other feels it.
            foreach (var request in batch) AnswerAlone(request);
            return;
        }

        var at = 0;
        foreach (var request in batch)
        {
            var length = request.Rows.Rows * _model.Signature.OutputWidth;
            request.Answer.TrySetResult(scores[at..(at + length)]);
            at += length;
        }
    }

    private void AnswerAlone(Request request)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        try
        {
            using var gone = request.CancellationToken.UnsafeRegister(static l => ((CancellationTokenSource)l!).Cancel(), limit);
            request.Answer.TrySetResult(Score([request.Rows], limit.Token));
        }
        catch (OperationCanceledException)
        {
            if (request.CancellationToken.IsCancellationRequested) request.Answer.TrySetCanceled(request.CancellationToken);
            else request.Answer.TrySetException(PredictionException.TooLate(_options.RequestTimeout));
        }
        catch (DuckDbException error)
        {
            request.Answer.TrySetException(PredictionException.Invalid($"The model's features cannot be computed of these rows: {error.Message}", error));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            request.Answer.TrySetException(error);
        }
    }

    private float[] Score(IReadOnlyList<RawRows> rows, CancellationToken cancellationToken)
    {
        FeatureBatch batch = _features.Compute(rows, cancellationToken);
        return _model.Score(batch);
    }

    private sealed record Request(RawRows Rows, long Since, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<float[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
