using MlOps.Core.Runs;

namespace MlOps.Core.Releases;

/// <summary>What the application tests of a staged version found: <c>runs/&lt;id&gt;/stage/report.json</c>.</summary>
public sealed record StagingReport
{
    /// <summary>The run whose release it is.</summary>
    public required string RunId { get; init; }

    /// <summary>The endpoint that it was staged on.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The version.</summary>
    public required ModelRef Model { get; init; }

    /// <summary>The version in production at the time; absent: none.</summary>
    public ModelRef? Champion { get; init; }

    /// <summary>Where it was asked.</summary>
    public required string Url { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The tests, in their order.</summary>
    public required IReadOnlyList<ApplicationTestResult> Tests { get; init; }

    /// <summary>Whether every one passed.</summary>
    public bool Passed => Tests.All(t => t.Passed);
}

/// <summary>One application test.</summary>
/// <param name="Test">Its name.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Detail">One sentence for people.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Cases">Its parts, where it has any.</param>
public sealed record ApplicationTestResult(string Test, bool Passed, string Detail, double Seconds, IReadOnlyList<ApplicationTestCase> Cases);

/// <summary>One part of an application test.</summary>
/// <param name="Case">What was asked.</param>
/// <param name="Passed">Whether the answer was as it should be.</param>
/// <param name="Detail">What was answered.</param>
public sealed record ApplicationTestCase(string Case, bool Passed, string Detail);
