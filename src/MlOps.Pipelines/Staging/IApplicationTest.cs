using MlOps.Core.Releases;

namespace MlOps.Pipelines.Staging;

/// <summary>One way to try a staged version as its users will.</summary>
internal interface IApplicationTest
{
    string Name { get; }

    Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken);
}

/// <summary>What a test found.</summary>
internal sealed record TestFinding(bool Passed, string Detail)
{
    public IReadOnlyList<ApplicationTestCase> Cases { get; init; } = [];

    /// <summary>Passed when every case is.</summary>
    public static TestFinding Of(IReadOnlyList<ApplicationTestCase> cases, string what)
    {
        var failed = cases.Where(c => !c.Passed).ToList();
        return new(failed.Count is 0, failed.Count is 0 ? $"{cases.Count} {what}" : $"{failed.Count} of {cases.Count} failed; {failed[0].Case}: {failed[0].Detail}") { Cases = cases };
    }
}
