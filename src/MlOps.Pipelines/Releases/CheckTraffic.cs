using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Endpoints;

namespace MlOps.Pipelines.Releases;

/// <summary>A look at a step of a release.</summary>
/// <param name="Release">The release.</param>
/// <param name="Step">The step.</param>
/// <param name="Since">When it began, UTC.</param>
internal sealed record TrafficCheck(ReleaseRequest Release, TrafficStep Step, DateTime Since);

/// <summary>What a look came to.</summary>
/// <param name="Breach">The condition that is not met, in one sentence; <see langword="null"/>: none.</param>
/// <param name="Silence">Why nothing could be seen; <see langword="null"/>: something was.</param>
internal sealed record TrafficVerdict(string? Breach, string? Silence);

/// <summary>Asks the endpoint how its variants do, and judges the conditions of the step.</summary>
internal sealed class CheckTraffic(
    RunStepServices services, ReportedMetricStore reported, ReleaseJournal journal, HttpClient http, ServingAddress serving, TimeProvider time) : TaskActivity<TrafficCheck, TrafficVerdict>
{
    // Serving remembers an hour; a longer step is judged by its last one.
    private const int LongestWindow = 3600;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public override async Task<TrafficVerdict> RunAsync(TaskActivityContext context, TrafficCheck input)
    {
        var cancellationToken = context.CancellationToken;
        var spec = (await services.Specs.ReadAsync(input.Release.RunId, cancellationToken)).Release;
        var seconds = Math.Clamp((int)(time.GetUtcNow().UtcDateTime - input.Since).TotalSeconds, 1, LongestWindow);
        var url = new Uri(serving.BaseAddress, $"api/endpoints/{input.Release.Endpoint}/metrics?seconds={seconds}");
        var (metrics, silence) = await AskAsync(url, input, cancellationToken);
        if (metrics is null) return new(null, silence);

        var reports = await reported.ListAsync(input.Release.Endpoint, new DateTimeOffset(input.Since, TimeSpan.Zero), cancellationToken);
        var health = new ReleaseHealth(metrics, reports, spec.MinRequests);
        var results = spec.While.Concat(input.Step.While).Select(health.Judge).ToList();
        await journal.NoteAsync(input.Release.RunId, "mlops", r => r with { Conditions = results }, cancellationToken);
        return new(results.Find(r => r.Met is false)?.Detail, null);
    }

    private async Task<(EndpointMetrics? Metrics, string? Silence)> AskAsync(Uri url, TrafficCheck input, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            var metrics = await http.GetFromJsonAsync<EndpointMetrics>(url, MlOpsJson.Compact, patience.Token);
            return metrics?.Of(EndpointVariant.Candidate)?.Version == input.Release.Model.Version
                ? (metrics, null)
                : (null, $"{url} does not tell of version {input.Release.Model.Version}: it is not served.");
        }
        catch (Exception error) when (error is HttpRequestException or JsonException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, $"{url} does not tell its metrics: {error.Message}");
        }
    }
}
