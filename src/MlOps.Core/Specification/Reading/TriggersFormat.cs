using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>triggers</c>: what starts a run.</summary>
internal static class TriggersFormat
{
    private static readonly DurationShape s_duration = new();

    private static readonly ObjectShape s_alert = new(null,
        new KeyShape("cooldown", s_duration, "Time after a run that this kind of alert started in which no other one is.") { Default = "\"1d\"" });

    private static readonly ObjectShape s_budget = new(null,
        new KeyShape("runs", new NumberShape { Whole = true, Min = 1, Max = 1000 }, "Most runs.") { Required = true },
        new KeyShape("per", s_duration, "The time that they are counted in; it slides along.") { Required = true });

    public static ObjectShape Triggers { get; } = new(null,
        new("blob", new TextShape(), "Folder that is watched, ending in a slash: a new file in it starts a run; files that arrive together become one run. Default: incoming/<name>/."),
        new("onArrival", new WordShape(
            new("run", ArrivalPolicy.Run, "It starts a run."),
            new("wait", ArrivalPolicy.Wait, "It waits for the next run that something else starts.")), "What an arriving file means.") { Default = "\"run\"" },
        new("schedule", new CronShape(), "When to start a run: second, minute, hour, day, month, day of week, in UTC. Default: never."),
        new("drift", s_alert, "An alert of monitor drift, predictionDrift or conceptDrift starts a run. Default: it does not."),
        new("performance", s_alert, "An alert of monitor performance, estimatedPerformance or fairness starts a run. Default: it does not."),
        new("staleness", s_alert, "An alert of monitor staleness starts a run. Default: it does not."),
        new("budget", s_budget, "Most runs that alerts and the schedule may start. Default: any number."));
}
