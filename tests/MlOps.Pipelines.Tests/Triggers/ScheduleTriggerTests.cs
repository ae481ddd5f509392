using System.Globalization;
using MlOps.Pipelines.Triggers;

namespace MlOps.Pipelines.Tests.Triggers;

public class ScheduleTriggerTests
{
    [Theory]
    [InlineData("0 0 6 * * MON", "2001-03-05T05:59:59Z", "2001-03-05T06:00:00Z", true)]
    [InlineData("0 0 6 * * MON", "2001-03-05T06:00:00Z", "2001-03-05T06:00:01Z", false)]
    [InlineData("0 0 6 * * MON", "2001-03-06T05:59:59Z", "2001-03-06T06:00:00Z", false)]
    [InlineData("0 0 6 * * MON", "2001-03-05T05:59:58.9Z", "2001-03-05T06:00:00.2Z", true)]
    [InlineData("*/10 * * * * *", "2001-03-05T05:59:51Z", "2001-03-05T05:59:59Z", false)]
    [InlineData("*/10 * * * * *", "2001-03-05T05:59:51Z", "2001-03-05T06:00:00Z", true)]
    [InlineData("0 0 0 29 2 *", "2001-02-28T23:59:59Z", "2001-03-01T00:00:00Z", false)]
    [InlineData("0 30 2 * * *", "2001-04-01T04:29:59+02:00", "2001-04-01T04:30:00+02:00", true)]
    public void A_time_of_the_schedule_is_due_once_between_two_looks(string schedule, string since, string now, bool due) =>
        Assert.Equal(due, ScheduleTrigger.NextAfter(schedule, At(since)) <= At(now));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
