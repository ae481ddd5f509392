using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.Benchmarks.Engine;

/// <summary>What a piece of work costs: time, and what the time goes to. Processor time is comparable on a busy machine too.</summary>
internal sealed record Cost(double Seconds, double ProcessorSeconds, long Commits, long Changes)
{
    public static async Task<Cost> OfAsync(Func<Task> work)
    {
        long commits = 0, changes = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "MlOps.DurableTask" && instrument.Name is "durabletask.commits" or "durabletask.commit.size")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => commits += value);
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => changes += value);
        listener.Start();
        using var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;
        var seconds = await Measured.SecondsAsync(work);
        process.Refresh();
        return new Cost(seconds, (process.TotalProcessorTime - processor).TotalSeconds, commits, changes);
    }

    /// <summary>The figures of a workload of so many steps.</summary>
    public Dictionary<string, object> PerStep(int steps) => new()
    {
        ["stepsPerSecond"] = Math.Round(steps / Seconds),
        ["processorMicrosecondsPerStep"] = Math.Round(ProcessorSeconds * 1e6 / steps, 1),
        ["commitsPerSecond"] = Math.Round(Commits / Seconds),
        ["changesPerCommit"] = Math.Round((double)Changes / Commits, 1),
    };
}
