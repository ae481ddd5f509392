using Microsoft.Extensions.Logging;
using MlOps.Core.Endpoints;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Observation;

/// <summary>The one place where an answered request becomes a record, and everyone who learns of it.</summary>
internal sealed partial class AnswerObservers(IEnumerable<IAnswerObserver> observers, TimeProvider time, ILogger<AnswerObservers> logger)
{
    private readonly IAnswerObserver[] _all = [.. observers];

    /// <param name="call">The request.</param>
    /// <param name="variant">Who computed it.</param>
    /// <param name="start">Timestamp from which its latency counts.</param>
    /// <param name="scores">The model's output; empty when there is none.</param>
    /// <param name="status">HTTP status of the answer.</param>
    /// <param name="error">Why there is none.</param>
    /// <param name="answered">Of a copy: what the caller got.</param>
    public void Tell(PredictionCall call, ServedVariant variant, long start, float[] scores, int status, string? error = null, float[]? answered = null)
    {
        if (call.IsTest) return;
        var latency = time.GetElapsedTime(start);
        var request = new AnsweredRequest
        {
            Endpoint = call.Endpoint,
            Variant = variant.Variant.Name,
            Model = variant.Variant.Model,
            Version = variant.Variant.Version,
            Signature = variant.Model.Facts.Signature,
            RequestId = call.Id,
            Time = time.GetUtcNow() - latency,
            EventTime = call.Rows.EventTime,
            Latency = latency,
            Instances = call.Rows.Instances,
            Scores = scores,
            Probe = !call.Choice.IsBySplit || ProbeRequests.IsProbe(call.Id),
            Mirrored = answered is not null,
            AnsweredScores = answered,
            Status = status,
            Error = error,
        };
        foreach (var observer in _all) Tell(observer, request);
    }

    private void Tell(IAnswerObserver observer, AnsweredRequest request)
    {
        try
        {
            observer.Observe(request);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            LogFailed(observer.GetType().Name, request.RequestId, error);
        }
    }

    [LoggerMessage(4201, LogLevel.Error, "{Observer} failed on request {RequestId}; the answer is not touched by that")]
    private partial void LogFailed(string observer, string requestId, Exception error);
}
