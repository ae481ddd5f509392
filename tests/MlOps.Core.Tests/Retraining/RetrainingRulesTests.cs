using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Core.Tests.Retraining;

public sealed class RetrainingRulesTests
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TriggerSpec s_triggers = new() { Blob = "incoming/x/", Drift = new(TimeSpan.FromDays(7)), Performance = new(TimeSpan.FromDays(1)), Budget = new(2, TimeSpan.FromDays(30)) };

    [Fact]
    public void Wishes_that_come_together_are_served_by_one_run()
    {
        var judged = RetrainingRules.Judge([Wish("a", RunTrigger.Drift, 1), Wish("b", RunTrigger.Performance, 1), Wish("c", RunTrigger.Schedule, 2)], [], s_triggers, "run-1");
        Assert.Equal([RetrainingStatus.Starting, RetrainingStatus.Coalesced, RetrainingStatus.Coalesced], judged.Select(j => j.Status));
        Assert.All(judged, j => Assert.Equal("run-1", j.RunId));
    }

    [Fact]
    public void Within_the_cooldown_of_its_kind_a_wish_is_refused_and_told_why()
    {
        var before = Started("old", RunTrigger.Drift, 1);
        var (drift, performance) = (Judge(Wish("a", RunTrigger.Drift, 7), before), Judge(Wish("b", RunTrigger.Performance, 7), before));
        Assert.Equal((RetrainingStatus.Cooling, null), (drift.Status, drift.RunId));
        Assert.Equal("Run run-old was started for the same kind of reason at 2001-03-02 00:00:00Z; the cooldown is 7.00:00:00.", drift.Outcome);
        Assert.Equal(RetrainingStatus.Starting, performance.Status);
        Assert.Equal(RetrainingStatus.Starting, Judge(Wish("c", RunTrigger.Drift, 8), before).Status);
    }

    [Fact]
    public void An_alert_that_is_no_newer_than_one_that_started_a_run_is_served_by_it()
    {
        var before = Started("old", RunTrigger.Drift, 5);
        foreach (var wish in new[] { Wish("a", RunTrigger.Performance, 5), Wish("b", RunTrigger.Drift, 5), Wish("c", RunTrigger.Performance, 4) })
        {
            var judged = Judge(wish, before);
            Assert.Equal((RetrainingStatus.Coalesced, "run-old"), (judged.Status, judged.RunId));
            Assert.Equal("Run run-old, which an alert of 2001-03-06 00:00:00Z started, serves it too.", judged.Outcome);
        }
        Assert.Equal(RetrainingStatus.Starting, Judge(Wish("d", RunTrigger.Performance, 6), before).Status);
        Assert.Equal(RetrainingStatus.Starting, Judge(Wish("e", RunTrigger.Performance, 5), Started("by hand", RunTrigger.Manual, 9)).Status);
    }

    [Fact]
    public void The_budget_stops_what_starts_by_itself_and_never_a_person()
    {
        var before = new[] { Started("x", RunTrigger.Schedule, 1), Started("y", RunTrigger.Performance, 2), Started("z", RunTrigger.Manual, 3) };
        Assert.Equal(RetrainingStatus.OverBudget, Judge(Wish("a", RunTrigger.Schedule, 10), before).Status);
        Assert.Equal(RetrainingStatus.Starting, Judge(Wish("b", RunTrigger.Manual, 10), before).Status);
        Assert.Equal(RetrainingStatus.Starting, Judge(Wish("c", RunTrigger.Schedule, 31), before).Status);
    }

    [Fact]
    public void A_persons_run_serves_those_who_have_no_budget_left()
    {
        var before = new[] { Started("x", RunTrigger.Schedule, 1), Started("y", RunTrigger.Schedule, 2) };
        var judged = RetrainingRules.Judge([Wish("a", RunTrigger.Schedule, 3), Wish("b", RunTrigger.Manual, 4)], before, s_triggers, "run-1");
        Assert.Equal([("b", RetrainingStatus.Starting), ("a", RetrainingStatus.Coalesced)], judged.Select(j => (j.Id, j.Status)));
    }

    /// <summary>Whatever comes in whatever order, day by day: one run at most each time, cooldown and budget are kept, nobody is left without an answer.</summary>
    [Fact]
    public void Cooldown_and_budget_hold_for_any_wishes()
    {
        var kinds = Gen.Elements(RunTrigger.Drift, RunTrigger.Performance, RunTrigger.Schedule);
        var days = kinds.ListOf().Select(k => k.ToList()).ListOf();
        Prop.ForAll(Arb.From(days), plan =>
        {
            var started = new List<RetrainingRequest>();
            for (var day = 0; day < plan.Count; day++)
            {
                var wishes = plan[day];
                var judged = RetrainingRules.Judge([.. wishes.Select((w, i) => Wish($"{day}-{i}", w, day))], started, s_triggers, $"run-{day}");
                if (judged.Count != wishes.Count || judged.Any(j => j.Status is RetrainingStatus.Waiting)) return false;
                if (judged.Count(j => j.Status is RetrainingStatus.Starting) > 1) return false;
                started.AddRange(judged.Where(j => j.Status is RetrainingStatus.Starting));
            }

            return started.TrueForAll(s => started.Count(o => o.At <= s.At && o.At > s.At - s_triggers.Budget!.Per) <= s_triggers.Budget!.Runs
                && (s_triggers.For(s.Trigger)?.Cooldown is not { } cooldown || !started.Exists(o => o.Trigger == s.Trigger && o.At < s.At && s.At - o.At < cooldown)));
        }).QuickCheckThrowOnFailure();
    }

    private static RetrainingRequest Judge(RetrainingRequest wish, params RetrainingRequest[] before) => RetrainingRules.Judge([wish], before, s_triggers, "run-1").Single();

    private static RetrainingRequest Wish(string id, RunTrigger trigger, int day) =>
        new() { Id = id, Pipeline = "x", Trigger = trigger, By = "test", Reason = "test", At = s_start.AddDays(day) };

    private static RetrainingRequest Started(string id, RunTrigger trigger, int day) => Wish(id, trigger, day) with { Status = RetrainingStatus.Started, RunId = $"run-{id}" };
}
