using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads who approves.</summary>
internal static class ApprovalReader
{
    /// <summary>More reminders than this are a slip of the unit.</summary>
    private const int MostReminders = 1000;

    public static ApprovalSpec? Read(Fields? fields, ProblemList problems)
    {
        if (fields is null) return null;
        var unset = new ApprovalSpec();
        var approvers = fields.Texts("approvers");
        var spec = new ApprovalSpec
        {
            Approvers = approvers,
            Roles = [.. (fields.Find<IReadOnlyList<NamedItem>>("roles") ?? []).Select(r => new RoleSpec(r.Name, r.Fields.Texts("members")))],
            Quorum = fields.Find<QuorumSpec>("quorum") ?? unset.Quorum,
            FourEyes = fields.FindValue<bool>("fourEyes") ?? approvers.Count > 0,
            RemindEvery = fields.FindValue<TimeSpan>("remindEvery"),
            EscalateAfter = fields.FindValue<TimeSpan>("escalateAfter"),
            EscalateTo = fields.Texts("escalateTo"),
            Timeout = fields.FindValue<TimeSpan>("timeout") ?? unset.Timeout,
            OnTimeout = fields.FindValue<TimeoutPolicy>("onTimeout") ?? unset.OnTimeout,
        };
        CheckQuorum(spec, fields, problems);
        CheckTimes(spec, fields, problems);
        return spec;
    }

    private static void CheckQuorum(ApprovalSpec spec, Fields fields, ProblemList problems)
    {
        if (spec is { Quorum.Rule: QuorumRule.All, Approvers.Count: 0 } && !fields.Has("approvers"))
            problems.Add(fields.At("quorum"), "'approval.quorum' is all, but nobody is named.", "Name the approvers.");
        // A role of the sign-in may have any number of members, but it gives one vote.
        var voices = spec.Resolve([.. spec.Approvers, .. spec.EscalateTo]).Count;
        if (spec.Quorum.Rule is QuorumRule.Number && spec.Approvers.Count > 0 && spec.Quorum.Count > voices)
            problems.Add(fields.At("quorum"), $"'approval.quorum' is {spec.Quorum.Count}, more than the {voices} who may decide.", "Lower it, or name more approvers.");
    }

    private static void CheckTimes(ApprovalSpec spec, Fields fields, ProblemList problems)
    {
        if (fields.Has("escalateAfter") != fields.Has("escalateTo"))
            problems.Add(fields.Position, "'approval' has only one of 'escalateAfter' and 'escalateTo'.", "Give both, or neither.");
        if (spec.EscalateAfter >= spec.Timeout)
            problems.Add(fields.At("escalateAfter"), "'approval.escalateAfter' is not before 'approval.timeout'.", "Escalate earlier, or wait longer.");
        if (spec.RemindEvery is { } interval && spec.Timeout / interval > MostReminders)
            problems.Add(fields.At("remindEvery"), $"'approval.remindEvery' would remind more than {MostReminders} times.", "Remind less often.");
    }
}
