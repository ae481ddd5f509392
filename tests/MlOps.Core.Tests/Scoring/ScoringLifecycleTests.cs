using MlOps.Core.Scoring;

namespace MlOps.Core.Tests.Scoring;

public class ScoringLifecycleTests
{
    [Fact]
    public void A_running_job_ends_or_is_cancelled_and_what_has_ended_stays()
    {
        var states = Enum.GetValues<ScoringStatus>();
        var legal = states.SelectMany(from => states.Where(to => from.CanMoveTo(to)).Select(to => (from, to)));
        Assert.Equal(
            [
                (ScoringStatus.Running, ScoringStatus.Done), (ScoringStatus.Running, ScoringStatus.Failed), (ScoringStatus.Running, ScoringStatus.Cancelling),
                (ScoringStatus.Cancelling, ScoringStatus.Cancelled),
            ],
            legal);
        Assert.Equal([ScoringStatus.Done, ScoringStatus.Failed, ScoringStatus.Cancelled], states.Where(s => s.IsFinal()));
    }
}
