namespace MlOps.Core.Releases;

/// <summary>When versions may be given more traffic: inside one of the windows, and not in a freeze.</summary>
/// <param name="windows">The windows; none: at any time.</param>
/// <param name="freezes">The freezes.</param>
/// <param name="zone">The time zone of both.</param>
public sealed class ReleaseCalendar(IReadOnlyList<ReleaseWindow> windows, IReadOnlyList<FreezePeriod> freezes, TimeZoneInfo zone)
{
    // Every window opens at least once a week; freezes in a row longer than this are a mistake.
    private const int DaysAhead = 3 * 366;

    /// <summary>The first moment from <paramref name="now"/> on at which more traffic may be given; <see langword="null"/>: in none of the next three years.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        if (IsOpen(local)) return now;
        for (var day = DateOnly.FromDateTime(local); day < DateOnly.FromDateTime(local).AddDays(DaysAhead); day = day.AddDays(1))
        {
            // It opens where a window does, or at midnight after a freeze, inside a window.
            var candidates = windows.SelectMany(w => w.Openings(day)).Select(o => o.From).Append(day.ToDateTime(TimeOnly.MinValue));
            if (candidates.Where(c => c > local && DateOnly.FromDateTime(c) == day && IsOpen(c)).Order().Select(c => (DateTime?)c).FirstOrDefault() is { } opening)
                return ToUtc(opening);
        }

        return null;
    }

    private bool IsOpen(DateTime local)
    {
        var day = DateOnly.FromDateTime(local);
        return !freezes.Any(f => f.From <= day && day <= f.To) && (windows.Count is 0 || windows.Any(w => w.Contains(local)));
    }

    private DateTimeOffset ToUtc(DateTime local)
    {
        // In the hour that spring skips there is no such local time: it opens when the hour is over.
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
