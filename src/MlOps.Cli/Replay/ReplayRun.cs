using System.Globalization;
using System.Text.Json;
using MlOps.Cli.Output;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;
using MlOps.Data.Replay;
using Spectre.Console;

namespace MlOps.Cli.Replay;

/// <summary>Replays the past: a model is released on what lay before, then each day is predicted, labelled a day later, watched, and retrained for.</summary>
internal sealed class ReplayRun(ReplayPlan plan, PipelineSpec spec, ReplaySession session, DailyHistory history, string home)
{
    // What fewer rows say of a day is chance: a history often ends with a handful.
    private const int FewestRows = 100;

    private readonly string _drops = Directory.CreateDirectory(Path.Combine(plan.Folder, "drops")).FullName;
    private readonly List<ReplayDay> _days = [];

    /// <param name="from">First day that is predicted.</param>
    /// <param name="to">Last one.</param>
    /// <param name="cancellationToken">Stops the replay.</param>
    public async Task<ReplayReport> RunAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var first = await ReleaseFirstAsync(from, cancellationToken);
        using var model = await ScoringModel.LoadAsync(home, first, cancellationToken);
        AnsweredDay? yesterday = null;
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            _days.Add(await LiveAsync(day, yesterday, model, d => yesterday = d, cancellationToken));
            Tell(_days[^1]);
            // Who stops a replay keeps the days so far.
            if (ReportOn(started) is { } soFar) await ReplayFiles.WriteAsync(soFar, plan, cancellationToken);
        }
        return ReportOn(started) ?? throw new CommandException(ExitCodes.JobFailed, $"On no day could {spec.Training.Search.Metric} be measured.");
    }

    /// <returns><see langword="null"/>: nothing could be measured yet.</returns>
    private ReplayReport? ReportOn(long started) => ReplayGain.Of(_days) is { } allDays
        ? new(spec.Name, spec.Training.Search.Metric, Summarize(allDays, TimeProvider.System.GetElapsedTime(started)), _days)
        : null;

    private async Task<Functions.Api.RunModel> ReleaseFirstAsync(DateOnly before, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(_drops, $"before-{before:yyyy-MM-dd}.parquet"));
        var rows = history.WriteBefore(before, file.FullName, cancellationToken);
        if (rows is 0) throw CommandException.BadInput($"There is nothing before {before:yyyy-MM-dd} to train the first model on.");
        Terminal.Progress.MarkupLineInterpolated($"[grey]training on {rows:N0} rows before {before:yyyy-MM-dd}[/]");
        return await session.ReleaseFirstAsync(file, cancellationToken);
    }

    /// <summary>In the morning come yesterday's labels and file, monitors look at what lies before, and what they ask for is done. Then the day is predicted.</summary>
    private async Task<ReplayDay> LiveAsync(DateOnly day, AnsweredDay? yesterday, ScoringModel first, Action<AnsweredDay> keep, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> alerts = [];
        IReadOnlyList<ReplayRetraining> retrainings = [];
        if (yesterday is not null)
        {
            await session.LabelAsync(yesterday, cancellationToken);
            await DropAsync(yesterday.Day, cancellationToken);
            alerts = await session.MonitorAsync(day, cancellationToken);
            retrainings = await session.RetrainAsync(cancellationToken);
        }

        var rows = history.Sample(day, plan.Rows, first.Columns, cancellationToken);
        var answered = await session.PredictAsync(day, rows, saysWhen: first.Columns.Any(c => c.Name == spec.Monitors.Log.Time), cancellationToken);
        keep(answered);
        var labels = rows.Select(r => r.Label).ToList();
        var (value, interval) = Measure(first.With([.. answered.Scores], labels));
        var (without, withoutInterval) = Measure(first.With(first.Score([.. rows.Select(r => JsonSerializer.Deserialize<JsonElement>(r.Instance))], cancellationToken), labels));
        return new ReplayDay
        {
            Day = day,
            Rows = rows.Count,
            Version = answered.Version,
            Value = value,
            Interval = interval,
            WithoutRetraining = without,
            WithoutInterval = withoutInterval,
            Alerts = alerts,
            Retrainings = retrainings,
        };
    }

    private async Task DropAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(_drops, $"{day:yyyy-MM-dd}.parquet"));
        if (history.WriteDay(day, file.FullName, cancellationToken) > 0) await session.DropAsync(file, cancellationToken);
        file.Delete();
    }

    private (double Value, ConfidenceInterval? Interval) Measure(TestScores scores)
    {
        var metric = spec.Training.Search.Metric;
        if (scores.Rows < Math.Min(plan.Rows, FewestRows)) return (double.NaN, null);
        var metrics = MetricSet.Create(scores.Task, [metric], scores.Width);
        var intervals = metrics.Intervals(scores.Predictions.Span, scores.Labels.Span, seed: 1);
        return (metrics.Compute(scores.Predictions.Span, scores.Labels.Span)[metric], intervals.TryGetValue(metric, out var interval) ? interval : null);
    }

    private ReplaySummary Summarize(ReplayGain allDays, TimeSpan took)
    {
        var started = _days.SelectMany(d => d.Retrainings).Where(r => r.Run is not null).ToList();
        var firstVersion = _days[0].Version;
        return new ReplaySummary
        {
            From = _days[0].Day,
            To = _days[^1].Day,
            Rows = _days.Sum(d => (long)d.Rows),
            Retrainings = started.Count,
            Replacements = started.Count(r => r.Replaced),
            AllDays = allDays,
            AfterFirstReplacement = ReplayGain.Of([.. _days.Where(d => d.Version != firstVersion)]),
            Seconds = Math.Round(took.TotalSeconds, 1),
        };
    }

    private void Tell(ReplayDay day)
    {
        Terminal.Progress.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{day.Day:yyyy-MM-dd}  version {day.Version}  {spec.Training.Search.Metric} {day.Value:0.0000}  without retraining {day.WithoutRetraining:0.0000}"));
        foreach (var alert in day.Alerts) Terminal.Progress.WriteLine($"            alert {alert}");
        foreach (var r in day.Retrainings) Terminal.Progress.WriteLine($"            {r.Trigger}: {r.Status}. {r.Outcome}");
    }
}
