namespace MlOps.Core.Specification;

/// <summary>Who approves a candidate, and how.</summary>
public sealed record ApprovalSpec
{
    /// <summary>Names, addresses or roles of those who may decide. Empty: whoever may reach the API.</summary>
    public IReadOnlyList<string> Approvers { get; init; } = [];

    /// <summary>The members of each role.</summary>
    public IReadOnlyList<RoleSpec> Roles { get; init; } = [];

    /// <summary>How many must approve. Default: any one of them.</summary>
    public QuorumSpec Quorum { get; init; } = new(QuorumRule.Any, 1);

    /// <summary>Whether those who had a hand in the candidate may not decide. Default: yes where approvers are named.</summary>
    public bool FourEyes { get; init; }

    /// <summary>Time between two reminders. Default: none.</summary>
    public TimeSpan? RemindEvery { get; init; }

    /// <summary>Time after which further people may decide. Default: never.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>Who may decide then: names, addresses or roles.</summary>
    public IReadOnlyList<string> EscalateTo { get; init; } = [];

    /// <summary>How long a request waits. Default: 72 hours.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(72);

    /// <summary>What silence means. Default: reject.</summary>
    public TimeoutPolicy OnTimeout { get; init; } = TimeoutPolicy.Reject;

    /// <summary>The same with further roles; those of the same name that are here already stay.</summary>
    public ApprovalSpec WithRoles(IEnumerable<RoleSpec> roles) => this with { Roles = [.. Roles.Concat(roles).DistinctBy(r => r.Name, StringComparer.Ordinal)] };

    /// <summary>Names and roles as people: a role with members stands for them, any other name for itself.</summary>
    public IReadOnlyList<string> Resolve(IReadOnlyList<string> names) =>
        [.. names.SelectMany(n => Roles.FirstOrDefault(r => r.Name == n)?.Members ?? [n]).Distinct(StringComparer.OrdinalIgnoreCase)];
}

/// <summary>A role and who has it.</summary>
/// <param name="Name">The role.</param>
/// <param name="Members">Names or addresses of people.</param>
public sealed record RoleSpec(string Name, IReadOnlyList<string> Members);

/// <summary>How many approvals a request needs.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Count">The number, where the rule is one.</param>
public sealed record QuorumSpec(QuorumRule Rule, int Count)
{
    /// <summary>Approvals that are needed of so many approvers.</summary>
    public int RequiredOf(int approvers) => Rule switch
    {
        QuorumRule.Any => 1,
        QuorumRule.All => Math.Max(1, approvers),
        _ => Count,
    };
}

/// <summary>How many of the approvers must approve.</summary>
public enum QuorumRule
{
    /// <summary>One; the first vote decides.</summary>
    Any,

    /// <summary>Every one.</summary>
    All,

    /// <summary>A number of them.</summary>
    Number,
}

/// <summary>What the end of an approval's time means.</summary>
public enum TimeoutPolicy
{
    /// <summary>Nobody answered: the candidate is rejected.</summary>
    Reject,

    /// <summary>Nobody objected: the candidate is approved.</summary>
    Approve,
}
