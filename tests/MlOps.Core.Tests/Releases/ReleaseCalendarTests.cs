using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Releases;

namespace MlOps.Core.Tests.Releases;

/// <summary>When traffic may be given. 2 March 2026 is a Monday.</summary>
public sealed class ReleaseCalendarTests
{
    [Theory]
    [InlineData("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", "MON-THU 09:00-16:00")]
    [InlineData("2026-03-02T08:59:59Z", "2026-03-02T09:00:00Z", "MON-THU 09:00-16:00")]
    [InlineData("2026-03-02T16:00:00Z", "2026-03-03T09:00:00Z", "MON-THU 09:00-16:00")]
    [InlineData("2026-03-05T16:00:00Z", "2026-03-09T09:00:00Z", "MON-THU 09:00-16:00")]
    // Over midnight: Saturday's window is still open on Sunday morning.
    [InlineData("2026-03-08T03:00:00Z", "2026-03-08T03:00:00Z", "SAT 22:00-04:00")]
    [InlineData("2026-03-08T04:00:00Z", "2026-03-14T22:00:00Z", "SAT 22:00-04:00")]
    // Over the weekend, and a list of days.
    [InlineData("2026-03-04T12:00:00Z", "2026-03-06T06:00:00Z", "FRI-MON 06:00-08:00")]
    [InlineData("2026-03-03T12:00:00Z", "2026-03-04T06:00:00Z", "MON,WED 06:00-24:00")]
    public void It_opens_where_a_window_does(string now, string opening, string window) =>
        Assert.Equal(Time(opening), Calendar([window], []).NextOpening(Time(now)));

    [Fact]
    public void A_freeze_closes_whole_days_and_what_follows_opens_at_midnight_within_a_window()
    {
        var calendar = Calendar(["MON-SUN 20:00-06:00"], ["2026-12-20..2027-01-02"]);
        Assert.Equal(Time("2026-12-19T23:30:00Z"), calendar.NextOpening(Time("2026-12-19T23:30:00Z")));
        Assert.Equal(Time("2027-01-03T00:00:00Z"), calendar.NextOpening(Time("2026-12-20T00:00:00Z")));
        Assert.Equal(Time("2026-12-24T00:00:00Z"), Calendar([], ["2026-12-23"]).NextOpening(Time("2026-12-23T10:00:00Z")));
    }

    [Fact]
    public void Times_are_those_of_the_zone_through_its_changes()
    {
        // Berlin is an hour ahead of UTC in winter and two from 29 March 2026, 01:00 UTC.
        var berlin = Calendar(["MON-SUN 09:00-10:00"], [], "Europe/Berlin");
        Assert.Equal(Time("2026-03-28T08:00:00Z"), berlin.NextOpening(Time("2026-03-28T00:00:00Z")));
        Assert.Equal(Time("2026-03-29T07:00:00Z"), berlin.NextOpening(Time("2026-03-29T00:00:00Z")));
        // 02:15 to 02:45 does not exist on that night: what opens in the skipped hour opens when it is over.
        var night = Calendar(["SUN 02:15-04:00"], [], "Europe/Berlin");
        Assert.Equal(Time("2026-03-29T01:00:00Z"), night.NextOpening(Time("2026-03-29T00:30:00Z")));
    }

    [Fact]
    public void A_freeze_without_an_end_in_sight_never_opens() =>
        Assert.Null(Calendar([], ["2026-01-01..2039-12-31"]).NextOpening(Time("2026-03-02T10:00:00Z")));

    [Fact]
    public void Whatever_the_windows_the_opening_is_open_and_nothing_opens_before_it()
    {
        string[] zones = ["UTC", "Europe/Berlin", "America/New_York"];
        string[] days = ["MON", "TUE-THU", "FRI-SUN", "SAT,MON", "MON-SUN"];
        string[] times = ["00:00-24:00", "09:00-16:30", "22:00-04:00", "23:45-00:15"];
        var cases = from day in Gen.Elements(days)
                    from time in Gen.Elements(times)
                    from zone in Gen.Elements(zones)
                    from minutes in Gen.Choose(0, 60 * 24 * 400)
                    from freeze in Gen.Choose(0, 400)
                    select (Window: $"{day} {time}", zone, Now: Time("2026-01-01T00:00:00Z").AddMinutes(minutes), Freeze: new DateOnly(2026, 1, 1).AddDays(freeze));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var calendar = Calendar([c.Window], [$"{c.Freeze:yyyy-MM-dd}"], c.zone);
            var opening = calendar.NextOpening(c.Now)!.Value;
            return opening >= c.Now && calendar.NextOpening(opening) == opening
                && Enumerable.Range(1, 20).Select(i => c.Now + ((opening - c.Now) * i / 21)).Where(t => t < opening).All(t => calendar.NextOpening(t) == opening);
        }).QuickCheckThrowOnFailure();
    }

    private static ReleaseCalendar Calendar(IEnumerable<string> windows, IEnumerable<string> freezes, string zone = "UTC") => new(
        [.. windows.Select(w => ReleaseWindow.TryParse(w, out var window) ? window : throw new FormatException(w))],
        [.. freezes.Select(f => FreezePeriod.TryParse(f, out var freeze) ? freeze : throw new FormatException(f))],
        TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
