using System.Text;
using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Staging;

/// <summary>What came of the application tests.</summary>
/// <param name="Passed">Whether every test passed.</param>
/// <param name="Reason">The first that did not; empty otherwise.</param>
/// <param name="Message">One line for people.</param>
public sealed record StagingVerdict(bool Passed, string Reason, string Message);

/// <summary>Runs the application tests against the staged version over HTTP, and writes the report that gates its release.</summary>
internal sealed class TestCandidate(RunStepServices services, StagedEndpoint endpoint, IEnumerable<IApplicationTest> tests, ReleaseJournal journal, TimeProvider time)
    : RunStep<ReleaseRequest, StagingVerdict>(services)
{
    protected override string Step => RunSteps.Stage;

    protected override string RunIdOf(ReleaseRequest input) => input.RunId;

    protected override (StepStatus Status, string Message) Describe(StagingVerdict output) => (output.Passed ? StepStatus.Done : StepStatus.Failed, output.Message);

    protected override async Task<StagingVerdict> ExecuteAsync(ReleaseRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        await progress.ReportAsync("waiting until the staged version answers", cancellationToken);
        var (staged, problem) = await endpoint.FindAsync(input, spec.Release.Tests, cancellationToken);
        if (staged is null) return new(false, problem!, problem!);

        var report = new StagingReport
        {
            RunId = input.RunId,
            Endpoint = input.Endpoint,
            Model = input.Model,
            Champion = staged.Champion is { Variant: var champion } ? new(champion.Model, champion.Version, champion.Sha256, champion.Package ?? "") : null,
            Url = staged.Client.Url.ToString(),
            At = time.GetUtcNow(),
            Tests = await RunAsync(staged, progress, cancellationToken),
        };
        await PublishAsync(report, cancellationToken);
        return report.Tests.FirstOrDefault(t => !t.Passed) is { } failed
            ? new(false, $"{failed.Test}: {failed.Detail}", $"{failed.Test}: {failed.Detail}")
            : new(true, "", $"{report.Tests.Count} application tests passed: {string.Join(", ", report.Tests.Select(t => t.Test))}");
    }

    private async Task<IReadOnlyList<ApplicationTestResult>> RunAsync(StagedVersion staged, StepProgress progress, CancellationToken cancellationToken)
    {
        var results = new List<ApplicationTestResult>();
        foreach (var test in tests)
        {
            await progress.ReportAsync(test.Name, cancellationToken);
            var began = time.GetTimestamp();
            var finding = await test.RunAsync(staged, cancellationToken);
            results.Add(new(test.Name, finding.Passed, finding.Detail, Math.Round(time.GetElapsedTime(began).TotalSeconds, 3), finding.Cases));
        }

        return results;
    }

    private async Task PublishAsync(StagingReport report, CancellationToken cancellationToken)
    {
        var place = ReportOf(report.RunId);
        await Blobs.TryWriteAsync(Path.ChangeExtension(place, ".html"), Encoding.UTF8.GetBytes(StagingPage.Render(report)), WriteCondition.None, cancellationToken);
        await Blobs.WriteJsonAsync(place, report, cancellationToken);
        await journal.NoteAsync(report.RunId, "mlops", r => r with { TestReport = place }, cancellationToken);
    }

    /// <summary>Blob of a run's report; the page is beside it.</summary>
    public static string ReportOf(string runId) => $"runs/{runId}/{RunSteps.Stage}/report.json";
}
