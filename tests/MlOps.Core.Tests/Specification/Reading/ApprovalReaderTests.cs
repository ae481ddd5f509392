using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public class ApprovalReaderTests
{
    [Fact]
    public void Every_key_is_read_and_roles_stand_for_their_members()
    {
        var spec = Read("approvers: [lead, risk], roles: { risk: { members: [ann, bob] } }, quorum: 2, remindEvery: 1d, escalateAfter: 2d, escalateTo: [head]");
        Assert.Equal(["lead", "ann", "bob"], spec.Resolve(spec.Approvers));
        Assert.Equal((new QuorumSpec(QuorumRule.Number, 2), true), (spec.Quorum, spec.FourEyes));
        Assert.Equal((TimeSpan.FromDays(1), TimeSpan.FromDays(2)), (spec.RemindEvery, spec.EscalateAfter));
        Assert.Equal(["head"], spec.EscalateTo);
    }

    [Theory]
    [InlineData("approvers: [lead]", true)]
    [InlineData("approvers: [lead], fourEyes: false", false)]
    [InlineData("timeout: 1h", false)]
    public void Four_eyes_is_on_where_approvers_are_named_unless_switched_off(string keys, bool expected) => Assert.Equal(expected, Read(keys).FourEyes);

    [Theory]
    [InlineData("any", QuorumRule.Any, 1)]
    [InlineData("all", QuorumRule.All, 3)]
    [InlineData("2", QuorumRule.Number, 2)]
    public void A_quorum_says_how_many_of_three_must_approve(string text, QuorumRule rule, int required)
    {
        var quorum = Read($"approvers: [a, b, c], quorum: {text}").Quorum;
        Assert.Equal((rule, required), (quorum.Rule, quorum.RequiredOf(3)));
    }

    [Theory]
    [InlineData("approvers: [a], quorum: most", "'most' is no value of 'approval.quorum': expected any, all, or a whole number from 1 to 100.")]
    [InlineData("approvers: [a], quorum: 0", "'0' is no value of 'approval.quorum'")]
    [InlineData("approvers: [a, b], quorum: 3", "'approval.quorum' is 3, more than the 2 who may decide.")]
    [InlineData("quorum: all", "'approval.quorum' is all, but nobody is named.")]
    [InlineData("escalateAfter: 1h", "'approval' has only one of 'escalateAfter' and 'escalateTo'.")]
    [InlineData("escalateAfter: 4d, escalateTo: [head]", "'approval.escalateAfter' is not before 'approval.timeout'.")]
    [InlineData("remindEvery: 1s", "'approval.remindEvery' would remind more than 1000 times.")]
    [InlineData("roles: { risk: {} }", "'approval.roles.risk' lacks the key 'members'.")]
    public void What_cannot_be_used_is_told(string keys, string problem) =>
        Assert.Contains(problem, Assert.Throws<PipelineSpecException>(() => Read(keys)).Message, StringComparison.Ordinal);

    private static ApprovalSpec Read(string keys) => PipelineSpecReader.Read(PipelineText.And($"approval: {{ {keys} }}"), "p").Approval!;
}
