using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.DurableTask.Sqlite.Diagnostics;

/// <summary>The hub's metrics, under the meter <see cref="HubTracing.SourceName"/>. Times are in seconds, as OpenTelemetry has them.</summary>
internal sealed class HubMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> s_ofActivity = new("durabletask.type", "activity");
    private static readonly KeyValuePair<string, object?> s_ofOrchestration = new("durabletask.type", "orchestration");

    private readonly Meter _meter = new(HubTracing.SourceName);
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _transactions;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _commit;
    private readonly Counter<long> _finished;

    public HubMetrics()
    {
        _latency = _meter.CreateHistogram<double>("durabletask.workitem.latency", "s", "From when a work item could run to when it runs.");
        _duration = _meter.CreateHistogram<double>("durabletask.workitem.duration", "s", "How long a work item runs.");
        _replays = _meter.CreateCounter<long>("durabletask.replays", "{replay}", "Instances brought back to memory from their history.");
        _transactions = _meter.CreateCounter<long>("durabletask.commits", "{transaction}", "Transactions flushed to disk.");
        _batch = _meter.CreateHistogram<int>("durabletask.commit.size", "{change}", "Changes that share one transaction.");
        _commit = _meter.CreateHistogram<double>("durabletask.commit.duration", "s", "How long a transaction takes, its flush included.");
        _finished = _meter.CreateCounter<long>("durabletask.orchestrations.finished", "{instance}", "Finished instances, by how they ended.");
    }

    /// <summary>Shows queues as they are when somebody looks.</summary>
    public void Observe(Func<int> waitingActivities, Func<int> runningActivities, Func<int> readyOrchestrations, Func<int> liveInstances)
    {
        _meter.CreateObservableGauge("durabletask.queue.depth", () => new Measurement<int>[]
        {
            new(waitingActivities(), s_ofActivity), new(readyOrchestrations(), s_ofOrchestration),
        }, "{workitem}", "Work items that wait for a place.");
        _meter.CreateObservableGauge("durabletask.activities.running", runningActivities, "{activity}", "Activities that run.");
        _meter.CreateObservableGauge("durabletask.instances.live", liveInstances, "{instance}", "Unfinished instances in memory.");
    }

    public void ActivityStarted(long since) => _latency.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, s_ofActivity);

    public void ActivityEnded(long since) => _duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, s_ofActivity);

    public void TurnStarted(long since) => _latency.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, s_ofOrchestration);

    public void TurnEnded(long since) => _duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, s_ofOrchestration);

    public void Replayed() => _replays.Add(1);

    public void Finished(OrchestrationRuntimeStatus status)
    {
        if (_finished.Enabled)
            _finished.Add(1, new KeyValuePair<string, object?>("durabletask.task.status", status.ToString()));
    }

    public void Committed(int changes, long since)
    {
        _transactions.Add(1);
        _batch.Record(changes);
        _commit.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
