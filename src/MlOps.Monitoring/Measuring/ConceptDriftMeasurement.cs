using System.Globalization;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.ConceptDrift;

namespace MlOps.Monitoring.Measuring;

/// <summary>
/// Follows the model's errors through the stream of labelled answers, from the start of the context's answers to their end, and tells of
/// changes for the worse within the window that is measured. It starts anew each time, so that the same stream gives the same changes,
/// however often it is looked at and in whatever order the labels came.
/// </summary>
public static class ConceptDriftMeasurement
{
    /// <summary>How far back the stream begins, in lengths of the monitor's window.</summary>
    public const int Lookback = 30;

    internal static IReadOnlyList<MonitorPoint> Measure(ConceptDriftMonitorSpec monitor, MonitorContext context, TimeWindow window, CancellationToken cancellationToken)
    {
        var model = string.Create(CultureInfo.InvariantCulture, $"label IS NOT NULL AND model = {Sql.Text(context.Model.Name)} AND version = {context.Model.Version}");
        var answers = context.Window.Read(context.Signature.OutputWidth, [], model, cancellationToken);
        var (scores, labels, rows) = answers.Labelled(context.Signature);
        if (labels.Length < monitor.MinRows) return [];
        var errors = Errors(context, scores, labels);
        var (adwin, ddm, changes, last) = (new Adwin(monitor.Delta), new Ddm(), 0, (DateTimeOffset?)null);
        for (var i = 0; i < errors.Length; i++)
        {
            var before = adwin.Mean;
            var changed = monitor.Detector is ConceptDriftDetector.Ddm && context.Signature.Task is not LearningTask.Regression
                ? ddm.Add(errors[i] >= 0.5)
                : adwin.Add(errors[i]) && adwin.Mean > before;
            if (!changed || answers.TimeOf(rows[i]) < window.From) continue;
            changes++;
            last = answers.TimeOf(rows[i]);
        }
        var name = monitor.Detector is ConceptDriftDetector.Ddm ? "DDM" : "ADWIN";
        return
        [
            Points.AtMost("changes", "", changes, 0, $"The number of changes for the worse that {name} found in the model's errors{(last is { } at ? $", the last at {at:yyyy-MM-dd HH:mm},": "")}"),
            new() { Metric = "error", Value = adwin.Width > 0 ? adwin.Mean : ddm.Mean, Detail = $"The mean error since the last change is {Points.Number(adwin.Width > 0 ? adwin.Mean : ddm.Mean)}." },
        ];
    }

    /// <summary>Errors in [0, 1]: wrong or right; of numbers the absolute error, as a share of the largest usual one of the evaluation.</summary>
    private static double[] Errors(MonitorContext context, float[] scores, float[] labels)
    {
        var width = context.Signature.OutputWidth;
        var errors = new double[labels.Length];
        for (var i = 0; i < errors.Length; i++)
        {
            errors[i] = context.Signature.Task switch
            {
                LearningTask.Binary => scores[i] >= 0.5f == labels[i] >= 0.5f ? 0 : 1,
                LearningTask.Multiclass => MostProbable(scores.AsSpan(i * width, width)) == (int)labels[i] ? 0 : 1,
                _ => Math.Abs((double)scores[i] - labels[i]),
            };
        }
        if (context.Signature.Task is not LearningTask.Regression) return errors;
        var largest = UsualError(context, errors);
        return [.. errors.Select(e => Math.Min(1, e / largest))];
    }

    private static double UsualError(MonitorContext context, double[] errors)
    {
        var known = context.Reference is { } reference ? reference.Scores.Zip(reference.Labels, (s, l) => Math.Abs((double)s - l)) : errors;
        var sorted = known.Where(double.IsFinite).Order().ToList();
        return sorted.Count > 0 && sorted[(int)(0.99 * (sorted.Count - 1))] is > 0 and var usual ? usual : 1;
    }

    private static int MostProbable(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[best]) best = c;
        }
        return best;
    }
}
