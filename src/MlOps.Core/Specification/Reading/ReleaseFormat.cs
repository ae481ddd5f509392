using MlOps.Core.Releases;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>release</c>.</summary>
internal static class ReleaseFormat
{
    private static readonly TextShape s_text = new();
    private static readonly DurationShape s_duration = new();
    private static readonly NumberShape s_share = new() { Min = 0, Max = 1 };
    private static readonly ListShape s_conditions = new(new ConditionShape()) { Distinct = true };

    private static readonly Word[] s_strategies =
    [
        new("allAtOnce", ReleaseStrategy.AllAtOnce, "All traffic goes to the new version at once."),
        new("blueGreen", ReleaseStrategy.BlueGreen, "All traffic goes over at once; the version before stays warm for a while."),
        new("canary", ReleaseStrategy.Canary, "Traffic goes over in steps."),
    ];

    private static readonly ObjectShape s_step = new(null,
        new("traffic", new PercentShape(1, 99), "Share of the requests that the new version answers.") { Required = true },
        new("for", s_duration, "How long.") { Required = true },
        new("while", s_conditions, "Conditions of this step, beside those of the release.") { Default = "[]" });

    private static readonly ObjectShape s_shadow = new(null,
        new("mirror", new PercentShape(1, 100), "Share of the requests that are mirrored to the new version.") { Default = "\"100%\"" },
        new("for", s_duration, "How long.") { Default = "\"1h\"" },
        new("then", new WordShape([.. s_strategies, new("stop", ShadowEnd.Stop, "Nothing follows: the comparison is all that was wanted.")]), "What follows when the conditions were met.") { Default = "\"allAtOnce\"" });

    private static readonly ObjectShape s_tests = new(null,
        new("requests", new NumberShape { Whole = true, Min = 1, Max = 100_000 }, "Requests of the load test, one row each.") { Default = "200" },
        new("parallel", new NumberShape { Whole = true, Min = 1, Max = 256 }, "How many of them at once.") { Default = "4" },
        new("latencyP99", s_duration, "Longest time that 99 of 100 of them may take.") { Default = "\"1s\"" },
        new("replay", new NumberShape { Whole = true, Min = 0, Max = 10_000 }, "How many of the endpoint's latest requests are asked again, of the version in production and of the staged one.") { Default = "100" },
        new("maxReplayFailures", s_share, "Largest share of those that the version in production answers and the staged one does not.") { Default = "0" },
        new("minAgreement", s_share, "Smallest share of those that both answer alike.") { Default = "0" });

    private static readonly ObjectShape s_certification = new(null,
        new("by", new ListShape(s_text) { MayBeEmpty = false, Distinct = true }, "Names, addresses or roles of those who may certify; one of them decides.") { Required = true },
        new("timeout", s_duration, "How long the request waits; then the release is given up.") { Default = "\"72h\"" });

    /// <summary>The section.</summary>
    /// <param name="endpoint">What a name of an endpoint may be.</param>
    public static ObjectShape Release(TextShape endpoint) => new(null,
        new("endpoint", endpoint, "Name of the endpoint. Default: the pipeline's name."),
        new("strategy", new WordShape([.. s_strategies, new("shadow", ReleaseStrategy.Shadow, "Requests are mirrored to the new version and its answers compared, before another strategy follows.")]),
            "How traffic moves to the new version.") { Default = "\"allAtOnce\"" },
        new("steps", new ListShape(s_step) { MayBeEmpty = false }, "Strategy canary: the shares of traffic on the way to all of it. Default: 10% for 30m, then 50% for 1h."),
        new("keep", s_duration, "Strategy blueGreen: how long the version before stays warm and the new one is watched.") { Default = "\"1h\"" },
        new("shadow", s_shadow, "Strategy shadow: what is mirrored, and what follows."),
        new("while", s_conditions, "Conditions on the new version while it takes traffic, such as errorRate <= 1% or latencyP99 <= champion.latencyP99 * 1.2; one that is not met takes it back.") { Default = "[\"errorRate <= 1%\"]" },
        new("minRequests", new NumberShape { Whole = true, Min = 1, Max = 1_000_000 }, "Fewest requests before a condition is judged.") { Default = "20" },
        new("checkEvery", s_duration, "How often the conditions are judged.") { Default = "\"30s\"" },
        new("stickyBy", s_text, "Column whose value keeps a customer on one version. Default: by chance, request by request."),
        new("windows", new ListShape(new ParsedShape<ReleaseWindow>(ReleaseWindow.TryParse, ReleaseWindow.Form)) { Distinct = true }, "When the new version may be given more traffic. Default: at any time."),
        new("freezes", new ListShape(new ParsedShape<FreezePeriod>(FreezePeriod.TryParse, FreezePeriod.Form)) { Distinct = true }, "Days on which it may not be.") { Default = "[]" },
        new("timeZone", s_text, "Time zone of windows and freezes, by its IANA name.") { Default = "\"UTC\"" },
        new("inputs", InputsFormat.Inputs, "What serving does with rows that look otherwise than those of training."),
        new("tests", s_tests, "The application tests of the staged version, before it takes traffic."),
        new("certify", s_certification, "Who certifies the tested version before it takes traffic. Default: nobody is asked."));
}

/// <summary>A shadow that nothing follows.</summary>
internal enum ShadowEnd
{
    Stop,
}
