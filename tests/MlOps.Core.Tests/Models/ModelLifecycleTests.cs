using MlOps.Core.Models;
using static MlOps.Core.Models.ModelStage;

namespace MlOps.Core.Tests.Models;

public class ModelLifecycleTests
{
    private static readonly HashSet<(ModelStage From, ModelStage To)> s_legal =
    [
        (Created, Passed), (Created, Rejected),
        (Passed, Approved), (Passed, Rejected),
        (Approved, Deployed), (Approved, Rejected),
        (Deployed, Archived),
        (Archived, Deployed), (Archived, Retired),
    ];

    public static TheoryData<ModelStage, ModelStage> Pairs
    {
        get
        {
            var pairs = new TheoryData<ModelStage, ModelStage>();
            foreach (var from in Enum.GetValues<ModelStage>())
                foreach (var to in Enum.GetValues<ModelStage>()) pairs.Add(from, to);
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_stage_may_be_followed_by_those_of_the_list_and_no_others(ModelStage from, ModelStage to) =>
        Assert.Equal(s_legal.Contains((from, to)), from.CanMoveTo(to));

    [Theory]
    [InlineData(Retired)]
    [InlineData(Rejected)]
    public void Some_stages_are_final(ModelStage stage) =>
        Assert.DoesNotContain(Enum.GetValues<ModelStage>(), to => stage.CanMoveTo(to));

    [Fact]
    public void No_model_is_deployed_that_nobody_approved()
    {
        // Every way from Created to Deployed leads through Approved.
        var reached = new HashSet<ModelStage> { Created };
        while (reached.ToList().SelectMany(from => Enum.GetValues<ModelStage>().Where(to => to is not Approved && from.CanMoveTo(to))).Any(reached.Add)) { }
        Assert.DoesNotContain(Deployed, reached);
    }
}
