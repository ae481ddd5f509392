using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Monitoring.Windows;

namespace MlOps.Monitoring.Measuring;

/// <summary>Differences between groups: how often they are answered yes, and, where labels have come, how often rightly and wrongly so.</summary>
/// <remarks>
/// Demographic parity and equalized odds difference as fairlearn defines them: the largest value of a group minus the smallest. Hardt,
/// Price and Srebro, Equality of Opportunity in Supervised Learning (2016).
/// </remarks>
internal static class FairnessMeasurement
{
    private const int MostGroups = 50;

    public static IReadOnlyList<MonitorPoint> Measure(FairnessMonitorSpec monitor, MonitorContext context, CancellationToken cancellationToken)
    {
        var answers = context.Window.Read(1, monitor.Groups, "true", cancellationToken);
        var points = new List<MonitorPoint>();
        for (var column = 0; column < monitor.Groups.Count; column++)
        {
            var name = monitor.Groups[column];
            var groups = PerformanceMeasurement.Groups(answers, column, Enumerable.Range(0, answers.Count), monitor.MinRows, MostGroups)
                .Select(g => GroupRates.Of(context, answers, $"{name}={g.Value}", g.Rows)).ToList();
            foreach (var group in groups)
            {
                points.Add(Watched("selectionRate", group.Name, group.Selection));
                if (!double.IsNaN(group.TruePositive)) points.Add(Watched("truePositiveRate", group.Name, group.TruePositive));
                if (!double.IsNaN(group.FalsePositive)) points.Add(Watched("falsePositiveRate", group.Name, group.FalsePositive));
            }
            if (groups.Count < 2) continue;
            points.Add(Points.AtMost("demographicParityDifference", name, Spread(groups, g => g.Selection), monitor.Max, $"The difference of positive answers between groups of {name}"));
            var odds = Math.Max(Spread(groups, g => g.TruePositive), Spread(groups, g => g.FalsePositive));
            if (!double.IsNaN(odds))
                points.Add(Points.AtMost("equalizedOddsDifference", name, odds, monitor.Max, $"The difference of right and wrong positive answers between groups of {name}"));
        }
        return points;
    }

    private static double Spread(IReadOnlyList<GroupRates> groups, Func<GroupRates, double> rate)
    {
        var known = groups.Select(rate).Where(r => !double.IsNaN(r)).ToList();
        return known.Count < 2 ? double.NaN : known.Max() - known.Min();
    }

    private static MonitorPoint Watched(string metric, string subject, double value) => new()
    {
        Metric = metric, Subject = subject, Value = value, Detail = $"{metric} of {subject} is {Points.Number(value)}.",
    };

    private sealed record GroupRates(string Name, double Selection, double TruePositive, double FalsePositive)
    {
        // Rates of few rows are chance.
        private const int FewestOfAKind = 20;

        public static GroupRates Of(MonitorContext context, AnsweredRows answers, string name, IReadOnlyList<int> rows)
        {
            var scores = answers.Scores;
            var selected = 0;
            foreach (var row in rows)
            {
                if (scores[row] >= 0.5f) selected++;
            }
            var (known, labels, _) = answers.Labelled(context.Signature, rows);
            return new(name, (double)selected / rows.Count, Rate(known, labels, 1), Rate(known, labels, 0));
        }

        private static double Rate(float[] scores, float[] labels, float label)
        {
            var (of, hits) = (0, 0);
            for (var i = 0; i < labels.Length; i++)
            {
                if (labels[i] != label) continue;
                of++;
                if (scores[i] >= 0.5f) hits++;
            }
            return of < FewestOfAKind ? double.NaN : (double)hits / of;
        }
    }
}
