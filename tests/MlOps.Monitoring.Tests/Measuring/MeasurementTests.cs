using MlOps.Core.Evaluation;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Measuring;

namespace MlOps.Monitoring.Tests.Measuring;

public sealed class MeasurementTests : IDisposable
{
    private readonly MeasuringHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Service_counts_requests_errors_and_latency_and_leaves_mirrored_ones_out()
    {
        for (var i = 1; i <= 98; i++) _host.Answer(0.5, latency: i);
        _host.Answer(0, status: 500, latency: 9000);
        _host.Answer(0, status: 400);
        _host.Answer(0.5, mirrored: true, latency: 9000);
        var result = _host.Measure(new ServiceMonitorSpec { MaxErrors = 0.005, MaxLatencyP99 = TimeSpan.FromMilliseconds(97.5), MinRequests = 101 });
        Assert.Equal(98, result.Rows);
        Assert.Equal((100, true), (ValueOf(result, "requests"), PointOf(result, "requests").Breached));
        Assert.Equal((0.01, true), (ValueOf(result, "errorRate"), PointOf(result, "errorRate").Breached));
        Assert.Equal(0.01, ValueOf(result, "refusedRate"));
        Assert.Equal(49.5, ValueOf(result, "latencyP50"));
        // Rank 0.99 of 1..98 lies 0.03 below 98 (linear between ranks): 1 + 0.99 * 97.
        Assert.Equal(97.03, ValueOf(result, "latencyP99"), 6);
        Assert.False(PointOf(result, "latencyP99").Breached);
    }

    [Fact]
    public void A_window_ends_where_it_says()
    {
        _host.Answer(0.5, time: MeasuringHost.Day.From.AddMilliseconds(-1));
        _host.Answer(0.5, time: MeasuringHost.Day.From);
        _host.Answer(0.5, time: MeasuringHost.Day.To.AddMilliseconds(-1));
        _host.Answer(0.5, time: MeasuringHost.Day.To);
        Assert.Equal(2, _host.Measure(new ServiceMonitorSpec()).Rows);
    }

    [Fact]
    public void Quality_finds_missing_invalid_and_unseen_values()
    {
        _host.TrainOn("SELECT CASE WHEN i % 10 = 0 THEN NULL ELSE i % 50 END::BIGINT AS age, ['Mdina', 'Kraków'][1 + i % 2] AS city FROM range(1000) t(i)");
        for (var i = 0; i < 200; i++) _host.Answer(0.5, age: i < 60 ? null : i < 70 ? 130 : 30, city: i < 20 ? "Atlantis" : "Mdina");
        var result = _host.Measure(new QualityMonitorSpec { MaxMissing = 0.1, MaxInvalid = 0.01, MaxUnseen = 0.15 });
        var missing = PointOf(result, "missing", "age");
        Assert.Equal((0.3, 0.1, true), (missing.Value, missing.Reference, missing.Breached));
        Assert.Equal(0.2, missing.Limit!.Value, 9);
        Assert.Equal((0.05, true), (ValueOf(result, "invalid", "age"), PointOf(result, "invalid", "age").Breached));
        Assert.Equal((0.1, false), (ValueOf(result, "unseen", "city"), PointOf(result, "unseen", "city").Breached));
    }

    [Fact]
    public void Drift_is_what_goes_beyond_chance()
    {
        // Of 300 cities, a hundred rows see a third: far from the training data, and no drift.
        _host.TrainOn("SELECT (18 + (i * 37) % 60)::BIGINT AS age, 'city' || (i * 7919) % 300 AS city FROM range(20000) t(i)");
        var random = new Random(1);
        for (var i = 0; i < 150; i++) _host.Answer(0.5, age: 18 + random.Next(60), city: $"city{random.Next(300)}");
        var calm = _host.Measure(new DriftMonitorSpec());
        var city = PointOf(calm, "distance", "city");
        Assert.True(city.Value > 0.3 && !city.Breached, $"{city.Detail}");
        Assert.False(PointOf(calm, "distance", "age").Breached);

        using var moved = new MeasuringHost { Training = _host.Training };
        for (var i = 0; i < 150; i++) moved.Answer(0.5, age: 60 + random.Next(18), city: $"city{random.Next(20)}");
        var drifted = moved.Measure(new DriftMonitorSpec());
        Assert.True(PointOf(drifted, "distance", "city").Breached);
        Assert.True(PointOf(drifted, "distance", "age").Breached);
        Assert.Equal(1, ValueOf(drifted, "driftedShare"));
    }

    [Fact]
    public void Drift_is_looked_at_within_segments_and_hidden_columns_are_left_out()
    {
        _host.TrainOn("SELECT (18 + (i * 37) % 60)::BIGINT AS age, ['Mdina', 'Kraków'][1 + i % 2] AS city FROM range(5000) t(i)");
        _host.Monitors = new() { Segments = ["city"] };
        for (var i = 0; i < 300; i++) _host.Answer(0.5, age: i % 2 == 0 ? 75 : 18 + ((i * 37) % 60), city: i % 2 == 0 ? "Mdina" : "Kraków");
        var result = _host.Measure(new DriftMonitorSpec());
        Assert.True(ValueOf(result, "distance", "age where city=Mdina") > 1);
        Assert.True(ValueOf(result, "distance", "age where city=Kraków") < 0.3);

        _host.Monitors = new() { Log = new() { Hide = new Dictionary<string, HidingMethod> { ["age"] = HidingMethod.Hash } } };
        Assert.DoesNotContain(_host.Measure(new DriftMonitorSpec()).Points, p => p.Subject == "age");
    }

    [Fact]
    public void Performance_needs_certainty_to_break_a_condition_and_tells_of_coverage()
    {
        // Of the labelled: 60 right, 40 wrong. The interval of accuracy is about 0.5 to 0.7.
        for (var i = 0; i < 100; i++) _host.Answer(i % 2 == 0 ? 0.9 : 0.1, label: (i % 2 == 0) == (i % 5 < 3));
        for (var i = 0; i < 100; i++) _host.Answer(0.5);
        _host.Evaluation = new() { Task = LearningTask.Binary, Rows = 100, Metrics = new Dictionary<string, double> { ["accuracy"] = 0.9 } };
        var near = new PerformanceMonitorSpec { Expect = [AtLeast("accuracy", 0.65)] };
        var result = _host.Measure(near);
        var accuracy = PointOf(result, "accuracy");
        Assert.Equal((0.6, 0.9, false), (accuracy.Value, accuracy.Reference, accuracy.Breached));
        Assert.InRange(accuracy.Interval!.Value.Low, 0.46, 0.54);
        Assert.InRange(accuracy.Interval!.Value.High, 0.66, 0.74);
        Assert.Equal(0.5, ValueOf(result, "labelCoverage"));
        Assert.Equal(100, result.Labelled);

        Assert.True(PointOf(_host.Measure(near with { Certain = false }), "accuracy").Breached);
        var champion = new PerformanceMonitorSpec { Expect = [new() { Text = "accuracy >= champion.accuracy - 0.05", Metric = "accuracy", Comparison = GateComparison.AtLeast, ChampionMetric = "accuracy", Constant = -0.05 }] };
        Assert.True(PointOf(_host.Measure(champion), "accuracy").Breached);
    }

    [Fact]
    public void Too_few_rows_or_labels_say_so_and_measure_nothing()
    {
        for (var i = 0; i < 150; i++) _host.Answer(0.5, label: i < 99 ? true : null);
        var performance = _host.Measure(new PerformanceMonitorSpec());
        Assert.Contains("99 of 150 rows have their label; it takes 100", performance.Note, StringComparison.Ordinal);
        Assert.Equal(["labelCoverage"], performance.Points.Select(p => p.Metric));
        Assert.Contains("150 rows were answered; it takes 200", _host.Measure(new QualityMonitorSpec { MinRows = 200 }).Note, StringComparison.Ordinal);
        Assert.Contains("trained on is gone", _host.Measure(new DriftMonitorSpec()).Note, StringComparison.Ordinal);
        Assert.Contains("evaluation is gone", _host.Measure(new PredictionDriftMonitorSpec()).Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Fairness_is_the_largest_difference_between_groups()
    {
        // Mdina: 50 of 100 answered yes; Kraków: 20 of 100. Of those who are positive, 40 of 50 and 20 of 50 are found; of the others 10 and 0 of 50.
        for (var i = 0; i < 100; i++) _host.Answer(i is < 40 or (>= 50 and < 60) ? 0.9 : 0.1, label: i < 50, city: "Mdina");
        for (var i = 0; i < 100; i++) _host.Answer(i < 20 ? 0.9 : 0.1, label: i < 50, city: "Kraków");
        var result = _host.Measure(new FairnessMonitorSpec { Groups = ["city"], Max = 0.35 });
        Assert.Equal((0.3, false), (Math.Round(ValueOf(result, "demographicParityDifference", "city"), 9), PointOf(result, "demographicParityDifference", "city").Breached));
        Assert.Equal((0.4, true), (Math.Round(ValueOf(result, "equalizedOddsDifference", "city"), 9), PointOf(result, "equalizedOddsDifference", "city").Breached));
        Assert.Equal(0.8, ValueOf(result, "truePositiveRate", "city=Mdina"), 6);
    }

    [Fact]
    public void Estimated_performance_and_prediction_drift_go_by_the_evaluation()
    {
        var random = new Random(1);
        var scores = Enumerable.Range(0, 5000).Select(_ => (float)random.NextDouble()).ToList();
        _host.Reference = new() { Scores = scores, Labels = [.. scores.Select(s => random.NextDouble() < s ? 1f : 0f)] };
        for (var i = 0; i < 500; i++) _host.Answer(0.4 + (random.NextDouble() * 0.2));
        var estimated = _host.Measure(new EstimatedPerformanceMonitorSpec { Expect = [AtLeast("accuracy", 0.7)] });
        Assert.InRange(ValueOf(estimated, "accuracy"), 0.48, 0.62);
        Assert.True(PointOf(estimated, "accuracy").Breached);
        var drift = _host.Measure(new PredictionDriftMonitorSpec());
        Assert.True(PointOf(drift, "distance").Breached);
        Assert.Equal(0.5, PointOf(drift, "meanScore").Reference!.Value, 1);
    }

    [Fact]
    public void Concept_drift_is_told_in_the_window_in_which_the_errors_change()
    {
        var random = new Random(2);
        for (var day = -10; day < 1; day++)
        {
            for (var i = 0; i < 200; i++)
            {
                var wrong = random.NextDouble() < (day < 0 ? 0.1 : 0.5);
                _host.Answer(0.9, label: !wrong, time: MeasuringHost.Day.From.AddDays(day).AddMinutes(i));
            }
        }
        var all = MeasuringHost.Day with { From = MeasuringHost.Day.From.AddDays(-30) };
        var adwin = new ConceptDriftMonitorSpec();
        // What is read begins earlier than the window, and what is told is told of the window alone.
        // The window may be cut more than once until nothing of the old errors is left in it.
        Assert.InRange(ValueOf(_host.Measure(adwin, all), "changes"), 1, 4);
        Assert.True(PointOf(_host.Measure(adwin, all), "changes").Breached);
        Assert.Equal(0, ValueOf(_host.Measure(adwin, all with { To = MeasuringHost.Day.From }), "changes"));
        Assert.True(ValueOf(_host.Measure(adwin with { Detector = ConceptDriftDetector.Ddm }, all), "changes") >= 1);
    }

    [Fact]
    public void Staleness_tells_ages_in_days()
    {
        var result = _host.Measure(new StalenessMonitorSpec { MaxModelAge = TimeSpan.FromDays(12), MaxDataAge = TimeSpan.FromDays(20) });
        Assert.Equal((11, false), (ValueOf(result, "modelAge"), PointOf(result, "modelAge").Breached));
        Assert.Equal((21, true), (ValueOf(result, "dataAge"), PointOf(result, "dataAge").Breached));
        Assert.Equal(2, ValueOf(result, "labelAge"), 3);
    }

    private static GateSpec AtLeast(string metric, double value) => new() { Text = $"{metric} >= {value}", Metric = metric, Comparison = GateComparison.AtLeast, Constant = value };

    private static MonitorPoint PointOf(MonitorResult result, string metric, string subject = "") =>
        result.Points.Single(p => p.Metric == metric && p.Subject == subject);

    private static double ValueOf(MonitorResult result, string metric, string subject = "") => PointOf(result, metric, subject).Value;
}
