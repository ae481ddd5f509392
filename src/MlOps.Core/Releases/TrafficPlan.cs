using MlOps.Core.Specification;

namespace MlOps.Core.Releases;

/// <summary>A strategy as what it comes to: the states of an endpoint's traffic on the way to the new version, one after the other.</summary>
/// <param name="Steps">The states, in order; at least one.</param>
/// <param name="TakesOver">Whether the new version is the one in production afterwards; otherwise it was only looked at.</param>
public sealed record TrafficPlan(IReadOnlyList<TrafficStep> Steps, bool TakesOver)
{
    /// <summary>How often the conditions are judged.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The plan of a release.</summary>
    /// <param name="spec">The strategy and its terms.</param>
    /// <param name="hasChampion">Whether a version answers now; without one there is nobody to share traffic with.</param>
    /// <param name="maxTraffic">The share of traffic that was approved, in percent, 0 to 100. Above it the release waits until a person promotes it.</param>
    public static TrafficPlan Of(ReleaseSpec spec, bool hasChampion, int maxTraffic = 100)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTraffic);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxTraffic, 100);
        if (!hasChampion) return new([TrafficStep.All], true) { CheckEvery = spec.CheckEvery };
        var shadow = spec.Strategy is ReleaseStrategy.Shadow ? spec.Shadow : null;
        IEnumerable<TrafficStep> mirrored = shadow is null ? [] : [new($"{shadow.Mirror} % mirrored", 0, shadow.Mirror, shadow.For)];
        var answering = shadow is null ? StepsOf(spec.Strategy, spec) : shadow.Then is { } then ? StepsOf(then, spec) : [];
        return new([.. mirrored, .. Limit(answering, maxTraffic)], answering.Count > 0) { CheckEvery = spec.CheckEvery };
    }

    private static List<TrafficStep> StepsOf(ReleaseStrategy strategy, ReleaseSpec spec) => strategy switch
    {
        ReleaseStrategy.BlueGreen => [TrafficStep.All with { For = spec.Keep }],
        ReleaseStrategy.Canary => [.. spec.Steps.Select(s => new TrafficStep($"{s.Traffic} %", s.Traffic, 0, s.For) { While = s.While }), TrafficStep.All],
        _ => [TrafficStep.All],
    };

    /// <summary>Up to the limit as planned; at the limit until a person goes further.</summary>
    private static List<TrafficStep> Limit(List<TrafficStep> steps, int limit)
    {
        var above = steps.FindIndex(s => s.Traffic > limit);
        if (above < 0) return steps;
        return [.. steps[..above], new($"{limit} %, as approved", limit, 0, null), .. steps[above..]];
    }
}

/// <summary>One state of an endpoint's traffic during a release.</summary>
/// <param name="Name">For people.</param>
/// <param name="Traffic">Share of the requests that the new version answers, in percent.</param>
/// <param name="Mirror">Share of the requests that are mirrored to it, in percent.</param>
/// <param name="For">How long it lasts; <see langword="null"/>: until a person promotes the release.</param>
public sealed record TrafficStep(string Name, int Traffic, int Mirror, TimeSpan? For)
{
    /// <summary>All requests, and no wait.</summary>
    public static TrafficStep All { get; } = new("100 %", 100, 0, TimeSpan.Zero);

    /// <summary>Conditions beside those of the release.</summary>
    public IReadOnlyList<ReleaseCondition> While { get; init; } = [];
}
