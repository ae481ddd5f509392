using MlOps.Core.Releases;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads where a model goes, and how traffic moves to it.</summary>
internal static class ReleaseReader
{
    public static ReleaseSpec Read(Fields? fields, string pipeline, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var unset = new ReleaseSpec { Endpoint = pipeline };
        if (fields is null) return unset;
        var spec = new ReleaseSpec
        {
            Endpoint = fields.Find<string>("endpoint") ?? pipeline,
            Strategy = fields.FindValue<ReleaseStrategy>("strategy") ?? unset.Strategy,
            Steps = fields.FindList("steps") is { } steps ? [.. steps.Select(s => ReadStep((Fields)s.Value))] : unset.Steps,
            Keep = fields.FindValue<TimeSpan>("keep") ?? unset.Keep,
            Shadow = ReadShadow(fields.Find<Fields>("shadow")),
            While = fields.FindList("while") is { } conditions ? ReadConditions(conditions) : unset.While,
            MinRequests = (int)(fields.FindValue<long>("minRequests") ?? unset.MinRequests),
            CheckEvery = fields.FindValue<TimeSpan>("checkEvery") ?? unset.CheckEvery,
            StickyBy = fields.Find<string>("stickyBy"),
            Windows = [.. (fields.FindList("windows") ?? []).Select(i => (ReleaseWindow)i.Value)],
            Freezes = [.. (fields.FindList("freezes") ?? []).Select(i => (FreezePeriod)i.Value)],
            TimeZone = fields.Find<string>("timeZone") ?? unset.TimeZone,
            Inputs = InputsFormat.Read(fields.Find<Fields>("inputs")),
            Tests = ReadTests(fields.Find<Fields>("tests")),
            Certify = fields.Find<Fields>("certify") is { } certify ? new(certify.Texts("by"), certify.FindValue<TimeSpan>("timeout") ?? TimeSpan.FromHours(72)) : null,
        };
        Check(fields, spec, columns, problems);
        return spec;
    }

    private static void Check(Fields fields, ReleaseSpec spec, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        RequireStrategy("steps", spec.Strategy is ReleaseStrategy.Canary || spec.Shadow.Then is ReleaseStrategy.Canary, "canary");
        RequireStrategy("keep", spec.Strategy is ReleaseStrategy.BlueGreen || spec.Shadow.Then is ReleaseStrategy.BlueGreen, "blueGreen");
        RequireStrategy("shadow", spec.Strategy is ReleaseStrategy.Shadow, "shadow");
        if (spec.Steps.Zip(spec.Steps.Skip(1)).FirstOrDefault(p => p.Second.Traffic <= p.First.Traffic) is (not null, _) falling)
            problems.Add(fields.At("steps"), $"'release.steps' goes from {falling.First.Traffic}% to {falling.Second.Traffic}%.", "Let the shares grow; what is taken back is taken back by a condition.");
        if (spec.StickyBy is { } column) DataReader.RequireColumn(column, "release.stickyBy", fields.At("stickyBy"), columns, problems);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(spec.TimeZone, out _))
            problems.Add(fields.At("timeZone"), $"'{spec.TimeZone}' is no time zone of this machine.", "Use an IANA name, such as Europe/Berlin, or UTC.");

        void RequireStrategy(string key, bool fits, string strategy)
        {
            if (fields.Has(key) && !fits) problems.Add(fields.At(key), $"'release.{key}' is of strategy {strategy} only.", $"Set 'strategy: {strategy}', or remove the key.");
        }
    }

    private static CanaryStep ReadStep(Fields fields) =>
        new(fields.FindValue<int>("traffic") ?? 0, fields.FindValue<TimeSpan>("for") ?? default, ReadConditions(fields.FindList("while") ?? []));

    private static ShadowSpec ReadShadow(Fields? fields)
    {
        var unset = new ShadowSpec();
        return fields is null ? unset : new ShadowSpec
        {
            Mirror = fields.FindValue<int>("mirror") ?? unset.Mirror,
            For = fields.FindValue<TimeSpan>("for") ?? unset.For,
            Then = fields.Find<object>("then") switch { ReleaseStrategy strategy => strategy, ShadowEnd => null, _ => unset.Then },
        };
    }

    private static ApplicationTestSpec ReadTests(Fields? fields)
    {
        var unset = new ApplicationTestSpec();
        return fields is null ? unset : new ApplicationTestSpec
        {
            Requests = (int)(fields.FindValue<long>("requests") ?? unset.Requests),
            Parallel = (int)(fields.FindValue<long>("parallel") ?? unset.Parallel),
            LatencyP99 = fields.FindValue<TimeSpan>("latencyP99") ?? unset.LatencyP99,
            Replay = (int)(fields.FindValue<long>("replay") ?? unset.Replay),
            MaxReplayFailures = fields.FindValue<double>("maxReplayFailures") ?? unset.MaxReplayFailures,
            MinAgreement = fields.FindValue<double>("minAgreement") ?? unset.MinAgreement,
        };
    }

    private static IReadOnlyList<ReleaseCondition> ReadConditions(IReadOnlyList<Item> items) => [.. items.Select(i => (ReleaseCondition)i.Value)];
}
