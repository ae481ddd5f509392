using MlOps.Core.Models;
using MlOps.Core.Releases;

namespace MlOps.Core.Specification;

/// <summary>Where an approved model is released, and how traffic moves to it.</summary>
public sealed record ReleaseSpec
{
    /// <summary>Name of the endpoint. Default: the pipeline's name.</summary>
    public required string Endpoint { get; init; }

    /// <summary>How traffic moves to the new version. Default: all at once.</summary>
    public ReleaseStrategy Strategy { get; init; } = ReleaseStrategy.AllAtOnce;

    /// <summary>Strategy canary: the shares of traffic on the way to all of it, ascending. Default: 10 % for 30 minutes, then 50 % for an hour.</summary>
    public IReadOnlyList<CanaryStep> Steps { get; init; } = [new(10, TimeSpan.FromMinutes(30), []), new(50, TimeSpan.FromHours(1), [])];

    /// <summary>Strategy blue-green: how long the version before stays warm and the new one is watched. Default: one hour.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Strategy shadow: what is mirrored, and what follows.</summary>
    public ShadowSpec Shadow { get; init; } = new();

    /// <summary>Conditions on the new version while it takes traffic; one that is not met takes it back. Default: at most 1 % errors.</summary>
    public IReadOnlyList<ReleaseCondition> While { get; init; } = [ReleaseCondition.FewErrors];

    /// <summary>Fewest requests (for conditions on answers: rows) before a condition is judged. Default: 20.</summary>
    public int MinRequests { get; init; } = 20;

    /// <summary>How often the conditions are judged. Default: 30 seconds.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Column whose value keeps a customer on one version; <see langword="null"/>: by chance, request by request.</summary>
    public string? StickyBy { get; init; }

    /// <summary>When the new version may be given more traffic. Empty: at any time.</summary>
    public IReadOnlyList<ReleaseWindow> Windows { get; init; } = [];

    /// <summary>Days on which it may not be.</summary>
    public IReadOnlyList<FreezePeriod> Freezes { get; init; } = [];

    /// <summary>Time zone of windows and freezes, by its IANA name. Default: UTC.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What serving does with rows that look otherwise than those of training.</summary>
    public InputPolicy Inputs { get; init; } = new();

    /// <summary>The application tests of the staged version.</summary>
    public ApplicationTestSpec Tests { get; init; } = new();

    /// <summary>Who certifies the tested version before it takes traffic; <see langword="null"/>: nobody is asked.</summary>
    public CertificationSpec? Certify { get; init; }
}

/// <summary>How traffic moves from the version in production to a new one.</summary>
public enum ReleaseStrategy
{
    /// <summary>All traffic goes to the new version at once.</summary>
    AllAtOnce,

    /// <summary>All traffic goes to the new version at once; the one before stays warm for a while.</summary>
    BlueGreen,

    /// <summary>Traffic goes over in steps.</summary>
    Canary,

    /// <summary>Requests are mirrored to the new version, whose answers are compared and not returned.</summary>
    Shadow,
}

/// <summary>A share of traffic on the way to all of it.</summary>
/// <param name="Traffic">In percent, 1 to 99.</param>
/// <param name="For">How long.</param>
/// <param name="While">Conditions of this step, beside those of the release.</param>
public sealed record CanaryStep(int Traffic, TimeSpan For, IReadOnlyList<ReleaseCondition> While);

/// <summary>What is mirrored to a new version before it answers.</summary>
public sealed record ShadowSpec
{
    /// <summary>Share of the requests that are mirrored, in percent. Default: all.</summary>
    public int Mirror { get; init; } = 100;

    /// <summary>How long. Default: one hour.</summary>
    public TimeSpan For { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The strategy that follows; <see langword="null"/>: none, the comparison is all that was wanted. Default: all at once.</summary>
    public ReleaseStrategy? Then { get; init; } = ReleaseStrategy.AllAtOnce;
}

/// <summary>How the staged version is tested over HTTP before it takes traffic.</summary>
public sealed record ApplicationTestSpec
{
    /// <summary>Requests of the load test, one row each. Default: 200.</summary>
    public int Requests { get; init; } = 200;

    /// <summary>How many of them at once. Default: 4.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Longest time that 99 of 100 requests of the load test may take. Default: one second.</summary>
    public TimeSpan LatencyP99 { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many of the endpoint's latest requests are asked again, of the version in production and of the staged one. Default: 100; 0: none.</summary>
    public int Replay { get; init; } = 100;

    /// <summary>Largest share of those that the version in production answers and the staged one does not. Default: none.</summary>
    public double MaxReplayFailures { get; init; }

    /// <summary>Smallest share of those that both answer alike. Default: 0, differences are reported only.</summary>
    public double MinAgreement { get; init; }
}

/// <summary>Who certifies a tested version.</summary>
/// <param name="By">Names, addresses or roles of <c>approval.roles</c>; one of them decides.</param>
/// <param name="Timeout">How long the request waits; then the release is given up.</param>
public sealed record CertificationSpec(IReadOnlyList<string> By, TimeSpan Timeout);
