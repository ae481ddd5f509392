using System.Collections.Concurrent;
using MlOps.Core.Runs;
using MlOps.DurableTask;
using MlOps.Pipelines.Training;

namespace MlOps.Pipelines.Tests.Training;

public sealed class HyperparameterSearchTests
{
    private static readonly FeatureSetRef s_features = new("flights-20010302-081500-0a0a", "f/", 8, 1, 1, []);

    [Theory]
    [InlineData(6, 2)]
    [InlineData(3, 5)]
    [InlineData(1, 1)]
    public async Task Every_trial_runs_once_and_never_more_at_a_time_than_allowed(int trials, int parallel)
    {
        var (running, most) = (0, 0);
        var trained = new ConcurrentBag<int>();
        var full = new TaskCompletionSource();
        IReadOnlyList<TrialOutcome>? chosenFrom = null;
        await using var hub = await TestHub.StartAsync(registry => registry
            .AddOrchestrator<HyperparameterSearch>()
            .AddActivityFunc<FeatureSetRef, SearchPlan>(nameof(PlanSearch), (_, _) => Task.FromResult(PlanOf(trials, parallel)))
            .AddActivityFunc<TrialRequest, TrialOutcome>(nameof(TrainTrial), async (_, trial) =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                // Nobody goes on before as many run as may: all that is allowed is used.
                if (now == Math.Min(Math.Min(trials, parallel), 2)) full.TrySetResult();
                await full.Task.WaitAsync(TestHub.Patience);
                trained.Add(trial.Trial);
                Interlocked.Decrement(ref running);
                return new TrialOutcome(trial.Trial, trial.Trial, $"trials/{trial.Trial}/", trial.Trial is 2 ? "It failed." : null);
            })
            .AddActivityFunc<TrialChoice, TrialOutcome>(nameof(ChooseTrial), (_, choice) =>
            {
                chosenFrom = choice.Outcomes;
                return Task.FromResult(choice.Outcomes.OrderBy(o => o.Trial).First());
            }));

        var best = (await hub.RunAsync(nameof(HyperparameterSearch), s_features)).ReadOutputAs<TrialOutcome>()!;
        Assert.Equal(1, best.Trial);
        Assert.Equal(Enumerable.Range(1, trials), trained.Order());
        Assert.Equal(Enumerable.Range(1, trials), chosenFrom!.Select(o => o.Trial).Order());
        Assert.InRange(most, 1, parallel);
    }

    private static SearchPlan PlanOf(int trials, int parallel) => new(
        [.. Enumerable.Range(1, trials).Select(t => new TrialRequest(s_features.RunId, s_features, t, "xgboost", new Dictionary<string, string>(StringComparer.Ordinal)))],
        parallel,
        Maximize: true);

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
