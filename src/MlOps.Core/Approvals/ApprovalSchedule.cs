namespace MlOps.Core.Approvals;

/// <summary>When a request that waits is remembered, escalated, and over. Part of an orchestration: it depends on its values alone.</summary>
/// <param name="RequestedAt">When it was asked, UTC.</param>
/// <param name="ExpiresAt">When the time is over, UTC.</param>
/// <param name="RemindEvery">Time between two reminders; <see langword="null"/>: none.</param>
/// <param name="EscalatesAt">When it is escalated, UTC; <see langword="null"/>: never.</param>
public sealed record ApprovalSchedule(DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, TimeSpan? RemindEvery, DateTimeOffset? EscalatesAt)
{
    /// <summary>What comes next after a moment; escalation before a reminder of the same time, the end before both.</summary>
    /// <param name="last">The moment that came last; <see langword="null"/>: none has.</param>
    public ApprovalMoment NextAfter(ApprovalMoment? last)
    {
        var (passed, reminders) = (last?.At ?? RequestedAt, last?.Reminders ?? 0);
        var next = new ApprovalMoment(ApprovalMomentKind.End, ExpiresAt, reminders);
        if (RemindEvery is { } interval && RequestedAt + (interval * (reminders + 1)) is var reminder && reminder < next.At)
            next = new(ApprovalMomentKind.Reminder, reminder, reminders + 1);
        if (EscalatesAt is { } escalation && last?.Escalated is not true && escalation >= passed && escalation <= next.At && escalation < ExpiresAt)
            next = new(ApprovalMomentKind.Escalation, escalation, reminders);
        return next with { Escalated = last?.Escalated is true || next.Kind is ApprovalMomentKind.Escalation };
    }
}

/// <summary>Something that is due while a request waits.</summary>
/// <param name="Kind">What is due.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Reminders">Reminders so far, this one included.</param>
public sealed record ApprovalMoment(ApprovalMomentKind Kind, DateTimeOffset At, int Reminders)
{
    /// <summary>Whether the escalation has come by then.</summary>
    public bool Escalated { get; init; }
}

/// <summary>What can be due while a request waits.</summary>
public enum ApprovalMomentKind
{
    /// <summary>Those who have not voted are asked again.</summary>
    Reminder,

    /// <summary>Further people may vote.</summary>
    Escalation,

    /// <summary>The time is over.</summary>
    End,
}
