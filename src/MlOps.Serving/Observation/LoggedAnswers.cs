using MlOps.Monitoring.Logging;

namespace MlOps.Serving.Observation;

/// <summary>Hands every answered request to the prediction log. What it does on the path of the answer is one reference in a queue.</summary>
internal sealed class LoggedAnswers(PredictionLog log) : IAnswerObserver
{
    public void Observe(AnsweredRequest request) => log.TryWrite(new LoggedAnswer
    {
        Endpoint = request.Endpoint,
        RequestId = request.RequestId,
        Variant = request.Variant,
        Model = request.Model,
        Version = request.Version,
        Time = request.Time,
        EventTime = request.EventTime,
        Latency = request.Latency,
        Status = request.Status,
        Instances = request.Instances,
        Scores = request.Scores,
        Mirrored = request.Mirrored,
        Probe = request.Probe,
    });
}
