using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.DurableTask.Sqlite.Diagnostics;

/// <summary>The hub's metrics, under the meter <see cref="HubTracing.SourceName"/>. Times are in seconds, as OpenTelemetry has them.</summary>
internal sealed class HubMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> OfActivity = new("durabletask.type", "activity");
    private static readonly KeyValuePair<string, object?> OfOrchestration = new("durabletask.type", "orchestration");

    private readonly Meter meter = new(HubTracing.SourceName);
    private readonly Histogram<double> latency;
    private readonly Histogram<double> duration;
    private readonly Counter<long> replays;
    private readonly Counter<long> transactions;
    private readonly Histogram<int> batch;
    private readonly Histogram<double> commit;
    private readonly Counter<long> finished;

    public HubMetrics()
    {
        latency = meter.CreateHistogram<double>("durabletask.workitem.latency", "s", "From when a work item could run to when it runs.");
        duration = meter.CreateHistogram<double>("durabletask.workitem.duration", "s", "How long a work item runs.");
        replays = meter.CreateCounter<long>("durabletask.replays", "{replay}", "Instances brought back to memory from their history.");
        transactions = meter.CreateCounter<long>("durabletask.commits", "{transaction}", "Transactions flushed to disk.");
        batch = meter.CreateHistogram<int>("durabletask.commit.size", "{change}", "Changes that share one transaction.");
        commit = meter.CreateHistogram<double>("durabletask.commit.duration", "s", "How long a transaction takes, its flush included.");
        finished = meter.CreateCounter<long>("durabletask.orchestrations.finished", "{instance}", "Finished instances, by how they ended.");
    }

    /// <summary>Shows queues as they are when somebody looks.</summary>
    public void Observe(Func<int> waitingActivities, Func<int> runningActivities, Func<int> readyOrchestrations, Func<int> liveInstances)
    {
        meter.CreateObservableGauge("durabletask.queue.depth", () => new Measurement<int>[]
        {
            new(waitingActivities(), OfActivity), new(readyOrchestrations(), OfOrchestration),
        }, "{workitem}", "Work items that wait for a place.");
        meter.CreateObservableGauge("durabletask.activities.running", runningActivities, "{activity}", "Activities that run.");
        meter.CreateObservableGauge("durabletask.instances.live", liveInstances, "{instance}", "Unfinished instances in memory.");
    }

    public void ActivityStarted(long since) => latency.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, OfActivity);

    public void ActivityEnded(long since) => duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, OfActivity);

    public void TurnStarted(long since) => latency.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, OfOrchestration);

    public void TurnEnded(long since) => duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, OfOrchestration);

    public void Replayed() => replays.Add(1);

    public void Finished(OrchestrationRuntimeStatus status)
    {
        if (finished.Enabled)
            finished.Add(1, new KeyValuePair<string, object?>("durabletask.task.status", status.ToString()));
    }

    public void Committed(int changes, long since)
    {
        transactions.Add(1);
        batch.Record(changes);
        commit.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    public void Dispose() => meter.Dispose();
}
