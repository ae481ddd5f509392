using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Specification;
using MlOps.Core.Training;

namespace MlOps.Core.Tests.Training;

public sealed class TrialPlanTests
{
    private static readonly Arbitrary<TrainingSpec> s_specs = (
        from trials in Gen.Choose(1, 30)
        from seed in Gen.Choose(0, 1000)
        from trainers in TrainerGen().NonEmptyListOf()
        select Spec(trials, seed, [.. trainers.Select((t, i) => t with { Trainer = $"trainer{i}" })])).ToArbitrary();

    [Fact]
    public void Every_value_lies_in_its_range() => Prop.ForAll(s_specs, spec =>
        TrialPlan.Create(spec).All(trial => spec.Trainers.Any(t => t.Trainer == trial.Trainer
            && t.Parameters.Count == trial.Parameters.Count && t.Parameters.All(p => IsIn(p.Value, trial.Parameters[p.Key]))))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_specification_gives_the_same_trials() => Prop.ForAll(s_specs, spec =>
        Texts(TrialPlan.Create(spec)).SequenceEqual(Texts(TrialPlan.Create(spec)))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_longer_search_begins_with_the_shorter_one() => Prop.ForAll(s_specs, spec =>
    {
        var longer = spec with { Search = spec.Search with { Trials = spec.Search.Trials + 5 } };
        var shorter = Texts(TrialPlan.Create(spec));
        return Texts(TrialPlan.Create(longer)).Take(shorter.Count).SequenceEqual(shorter);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Trials_are_numbered_from_one_and_no_point_comes_twice() => Prop.ForAll(s_specs, spec =>
    {
        var plan = TrialPlan.Create(spec);
        return plan.Select(t => t.Trial).SequenceEqual(Enumerable.Range(1, plan.Count)) && Texts(plan).Select(t => t[t.IndexOf(' ')..]).Distinct().Count() == plan.Count;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Trainers_take_turns() => Assert.Equal(
        ["a", "b", "a", "b", "a"],
        TrialPlan.Create(Spec(5, 1, new("a", Ranges(("x", new IntRange(1, 1000)))), new("b", Ranges(("x", new IntRange(1, 1000)))))).Select(t => t.Trainer));

    [Fact]
    public void A_trainer_with_nothing_left_is_passed_over() => Assert.Equal(
        ["a", "b", "b", "b"],
        TrialPlan.Create(Spec(4, 1, new("a", Ranges(("x", new FixedValue("1")))), new("b", Ranges(("x", new IntRange(1, 1000)))))).Select(t => t.Trainer));

    [Fact]
    public void A_small_space_is_drawn_to_its_last_point()
    {
        var plan = TrialPlan.Create(Spec(100, 1, new TrainerSpec("a", Ranges(("x", new IntRange(1, 3)), ("y", new Choice(["p", "q"]))))));
        Assert.Equal(["1p", "1q", "2p", "2q", "3p", "3q"], plan.Select(t => t.Parameters["x"] + t.Parameters["y"]).Order());
    }

    [Fact]
    public void Values_spread_over_the_range()
    {
        var plan = TrialPlan.Create(Spec(1000, 1, new TrainerSpec("a", Ranges(("eta", new DoubleRange(0.001, 1, Log: true)), ("share", new DoubleRange(0, 1, Log: false))))));
        var below = plan.Count(t => double.Parse(t.Parameters["eta"], CultureInfo.InvariantCulture) < Math.Pow(10, -1.5));
        Assert.InRange(below, 440, 560);
        Assert.InRange(plan.Average(t => double.Parse(t.Parameters["share"], CultureInfo.InvariantCulture)), 0.46, 0.54);
    }

    private static Gen<TrainerSpec> TrainerGen() =>
        from count in Gen.Choose(1, 4)
        from ranges in RangeGen().ListOf(count)
        select new TrainerSpec("a", ranges.Select((r, i) => (Name: $"p{i}", Range: r)).ToDictionary(p => p.Name, p => p.Range));

    private static Gen<ParameterRange> RangeGen() => Gen.OneOf(
        from value in Gen.Choose(1, 9) select (ParameterRange)new FixedValue($"{value}"),
        from min in Gen.Choose(-20, 20) from width in Gen.Choose(0, 10) select (ParameterRange)new IntRange(min, min + width),
        from min in Gen.Choose(1, 100)
        from width in Gen.Choose(0, 100)
        from log in Gen.Elements(true, false)
        select (ParameterRange)new DoubleRange(min / 1000.0, (min + width) / 1000.0, log),
        from count in Gen.Choose(1, 4) select (ParameterRange)new Choice([.. Enumerable.Range(0, count).Select(i => $"v{i}")]));

    private static bool IsIn(ParameterRange range, string text) => range switch
    {
        FixedValue f => text == f.Value,
        IntRange r => long.Parse(text, CultureInfo.InvariantCulture) is var value && value >= r.Min && value <= r.Max,
        DoubleRange r => double.Parse(text, CultureInfo.InvariantCulture) is var value && value >= r.Min && value <= r.Max,
        Choice c => c.Values.Contains(text),
        _ => false,
    };

    private static IReadOnlyList<string> Texts(IReadOnlyList<PlannedTrial> plan) =>
        [.. plan.Select(t => $"{t.Trial} {t.Trainer} {string.Join(",", t.Parameters.Select(p => $"{p.Key}={p.Value}"))}")];

    private static TrainingSpec Spec(int trials, int seed, params TrainerSpec[] trainers) =>
        new() { Search = new() { Trials = trials, Seed = seed, Metric = "auc", Maximize = true }, Trainers = trainers };

    private static Dictionary<string, ParameterRange> Ranges(params (string Name, ParameterRange Range)[] ranges) => ranges.ToDictionary(r => r.Name, r => r.Range);
}
