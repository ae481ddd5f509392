using MlOps.Core.Monitoring;
using MlOps.Core.Specification;

namespace MlOps.Monitoring.Measuring;

/// <summary>Age of the model, of the data that it was trained on, and of the newest label; in days, at the end of the window.</summary>
internal static class StalenessMeasurement
{
    public static IReadOnlyList<MonitorPoint> Measure(StalenessMonitorSpec monitor, MonitorContext context)
    {
        var at = context.Window.Span.To;
        var points = new List<MonitorPoint> { Age("modelAge", at - context.Model.CreatedAt, monitor.MaxModelAge, "The age of the model in days") };
        if (context.NewestTrainingTime is { } data) points.Add(Age("dataAge", at - data, monitor.MaxDataAge, "The age of the newest row that the model was trained on, in days"));
        if (context.NewestLabelDay is { } day)
            points.Add(Age("labelAge", at - new DateTimeOffset(day.ToDateTime(TimeOnly.MaxValue), TimeSpan.Zero), monitor.MaxLabelAge, "The age of the newest prediction that has a label, in days"));
        return points;
    }

    // Of a window that lies before the model was made (past days, looked at later), nothing is old.
    private static MonitorPoint Age(string metric, TimeSpan age, TimeSpan? limit, string what) =>
        Points.AtMost(metric, "", Math.Max(0, age.TotalDays), limit?.TotalDays, what);
}
