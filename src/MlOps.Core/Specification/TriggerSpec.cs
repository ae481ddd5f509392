using MlOps.Core.Runs;

namespace MlOps.Core.Specification;

/// <summary>What starts a run of a pipeline.</summary>
public sealed record TriggerSpec
{
    /// <summary>Blob folder that is watched, ending in a slash: <c>incoming/flight-delay/</c>.</summary>
    public required string Blob { get; init; }

    /// <summary>What an arriving file means. Default: it starts a run.</summary>
    public ArrivalPolicy OnArrival { get; init; } = ArrivalPolicy.Run;

    /// <summary>NCRONTAB expression with seconds, in UTC; <see langword="null"/> for none.</summary>
    public string? Schedule { get; init; }

    /// <summary>Alerts of what comes in and goes out start a run: monitors drift, predictionDrift, conceptDrift. <see langword="null"/>: they do not.</summary>
    public AlertTrigger? Drift { get; init; }

    /// <summary>Alerts of how good the answers are start a run: monitors performance, estimatedPerformance, fairness. <see langword="null"/>: they do not.</summary>
    public AlertTrigger? Performance { get; init; }

    /// <summary>Alerts of monitor staleness start a run; <see langword="null"/>: they do not.</summary>
    public AlertTrigger? Staleness { get; init; }

    /// <summary>How many runs may start by themselves; <see langword="null"/>: any number.</summary>
    public RunBudget? Budget { get; init; }

    /// <summary>The rule for alerts of a kind, or <see langword="null"/>.</summary>
    public AlertTrigger? For(RunTrigger trigger) => trigger switch
    {
        RunTrigger.Drift => Drift,
        RunTrigger.Performance => Performance,
        RunTrigger.Staleness => Staleness,
        _ => null,
    };
}

/// <summary>When an alert starts a run.</summary>
/// <param name="Cooldown">Time after a run that this kind of alert started in which no other one is.</param>
public sealed record AlertTrigger(TimeSpan Cooldown)
{
    /// <summary>One day.</summary>
    public static TimeSpan DefaultCooldown { get; } = TimeSpan.FromDays(1);
}

/// <summary>Most runs that alerts and schedules may start in a time that slides along.</summary>
/// <param name="Runs">Their number, at least 1.</param>
/// <param name="Per">The time.</param>
public sealed record RunBudget(int Runs, TimeSpan Per);

/// <summary>What an arriving file means.</summary>
public enum ArrivalPolicy
{
    /// <summary>It starts a run, together with the files that arrive with it.</summary>
    Run,

    /// <summary>It waits for the next run that something else starts, which takes all that wait.</summary>
    Wait,
}
