using MlOps.Core.Approvals;

namespace MlOps.Core.Tests.Approvals;

public class ApprovalScheduleTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(72, null, null, "End 72")]
    [InlineData(72, 24, null, "Reminder 24, Reminder 48, End 72")]
    [InlineData(72, 24, 36, "Reminder 24, Escalation 36, Reminder 48, End 72")]
    [InlineData(72, 24, 48, "Reminder 24, Escalation 48, Reminder 48, End 72")]
    [InlineData(10, 24, 5, "Escalation 5, End 10")]
    public void Reminders_and_the_escalation_come_in_their_order_and_the_end_last(int timeout, int? every, int? escalation, string expected)
    {
        var schedule = new ApprovalSchedule(s_start, s_start.AddHours(timeout), every is { } e ? TimeSpan.FromHours(e) : null, escalation is { } h ? s_start.AddHours(h) : null);
        var moments = new List<string>();
        ApprovalMoment? moment = null;
        while (moment?.Kind is not ApprovalMomentKind.End)
        {
            moment = schedule.NextAfter(moment);
            moments.Add($"{moment.Kind} {(moment.At - s_start).TotalHours}");
            Assert.True(moments.Count < 10);
        }

        Assert.Equal(expected, string.Join(", ", moments));
    }
}
