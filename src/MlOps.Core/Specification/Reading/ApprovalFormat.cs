using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>approval</c>.</summary>
internal static class ApprovalFormat
{
    private static readonly TextShape s_name = new() { MostCharacters = 254 };
    private static readonly ListShape s_names = new(s_name) { Distinct = true };
    private static readonly DurationShape s_duration = new();

    private static readonly ObjectShape s_role = new(null,
        new KeyShape("members", s_names with { MayBeEmpty = false }, "Names or addresses of the people who have the role.") { Required = true });

    /// <summary>The whole section.</summary>
    public static ObjectShape Approval { get; } = new(null,
        new("approvers", s_names, "Names, addresses or roles of those who may decide; empty: whoever may reach the API.") { Default = "[]" },
        new("roles", new NamedShape(s_role, "a role"), "Roles by name, each with its members. Default: none; a role that is not declared here is one of the sign-in."),
        new("quorum", new QuorumShape(), "How many must approve. any: one, and the first vote decides. all: every approver. A number: so many; it is rejected once they cannot be reached any more.") { Default = "\"any\"" },
        new("fourEyes", new FlagShape(), "Whether who started the run or changed the pipeline's folder may not decide. Default: true where approvers are named."),
        new("remindEvery", s_duration, "Time between two reminders to those who have not voted. Default: none."),
        new("escalateAfter", s_duration, "Time after which those of escalateTo may decide too. Default: never."),
        new("escalateTo", s_names with { MayBeEmpty = false }, "Names, addresses or roles that are asked when nobody has decided by then. Default: nobody."),
        new("timeout", s_duration, "How long a request waits.") { Default = "\"72h\"" },
        new("onTimeout", new WordShape(
            new("reject", TimeoutPolicy.Reject, "Nobody answered: the candidate is rejected."),
            new("approve", TimeoutPolicy.Approve, "Nobody objected: the candidate is approved.")), "What silence means.") { Default = "\"reject\"" });
}
