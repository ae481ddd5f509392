using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.DurableTask.Sqlite.Tests.Diagnostics;

public sealed class TelemetryTests : IDisposable
{
    private const string SourceName = "MlOps.DurableTask";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Register(DurableTaskRegistry tasks) => tasks
        .AddActivityFunc<int, int>("ok", (_, i) => Task.FromResult(i))
        .AddActivityFunc<int, int>("broken", (_, _) => throw new IOException("secret"))
        .AddOrchestratorFunc<int, int>("inner", (context, i) => context.CallActivityAsync<int>("ok", i))
        .AddOrchestratorFunc<int, int>("outer", async (context, i) =>
        {
            await context.CallSubOrchestratorAsync<int>("inner", i);
            return await context.CallActivityAsync<int>("broken", i);
        });

    [Fact]
    public async Task The_spans_of_one_run_are_one_trace_and_carry_no_payloads()
    {
        var spans = new ConcurrentBag<Activity>();
        using var application = new ActivitySource("application");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is SourceName or "application",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var hub = await TestHub.StartAsync(_folder, Register);

        using (var request = application.StartActivity("request"))
            await hub.RunAsync("outer", 4242, "traced");

        var trace = spans.Single(span => span.OperationName == "request").TraceId;
        // An activity's span may end a moment after its result is known.
        var ours = await Eventually.GetAsync(
            () => Task.FromResult(spans.Where(span => span.TraceId == trace && span.Source.Name == SourceName).ToList()), found => found.Count >= 6);
        Assert.Equal(
            ["activity:broken", "activity:ok", "create_orchestration:inner", "create_orchestration:outer", "orchestration:inner", "orchestration:outer"],
            ours.Select(span => span.OperationName).Order(StringComparer.Ordinal));
        var nested = ours.Single(span => span.OperationName == "create_orchestration:inner");
        Assert.Equal(nested.SpanId, ours.Single(span => span.OperationName == "activity:ok").ParentSpanId);
        Assert.Equal(ActivityStatusCode.Error, ours.Single(span => span.OperationName == "orchestration:outer").Status);
        Assert.DoesNotContain(ours.SelectMany(span => span.TagObjects), tag => $"{tag.Value}" is "4242" or "secret");
    }

    [Fact]
    public async Task Metrics_count_commits_replays_and_ends_and_show_the_queues()
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == SourceName)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, 1, (_, sum) => sum + 1));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, 1, (_, sum) => sum + 1));
        listener.Start();
        await using var hub = await TestHub.StartAsync(_folder, Register);

        await hub.RunAsync("outer", 1);
        listener.RecordObservableInstruments();

        foreach (var name in new[] { "durabletask.commits", "durabletask.commit.duration", "durabletask.workitem.latency", "durabletask.workitem.duration",
            "durabletask.orchestrations.finished", "durabletask.queue.depth", "durabletask.activities.running", "durabletask.instances.live" })
        {
            Assert.True(sums.GetValueOrDefault(name) > 0, $"{name} has no measurement");
        }
    }
}
