using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Staging;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Releases;

/// <summary>Whether the endpoint answers as it should.</summary>
/// <param name="Passed">Whether it does.</param>
/// <param name="Detail">One sentence for people.</param>
/// <param name="Url">Where it answers.</param>
/// <param name="Request">One of the requests.</param>
/// <param name="Response">Its answer.</param>
public sealed record EndpointCheck(bool Passed, string Detail, string Url, JsonElement? Request = null, JsonElement? Response = null);

/// <summary>Asks the endpoint over HTTP for golden rows and holds its answers against those of the evaluation.</summary>
internal sealed class VerifyEndpoint(RunStepServices services, HttpClient http, ServingAddress serving, IOptions<PipelineOptions> options, TimeProvider time)
    : RunStep<ReleaseRequest, EndpointCheck>(services)
{
    protected override string Step => RunSteps.Verify;

    protected override string RunIdOf(ReleaseRequest input) => input.RunId;

    protected override (StepStatus, string) Describe(EndpointCheck output) => (output.Passed ? StepStatus.Done : StepStatus.Failed, output.Detail);

    protected override async Task<EndpointCheck> ExecuteAsync(ReleaseRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        var package = await VerifiedPackage.OpenAsync(Blobs, ModelPackage.PathOf(input.Model.Name, input.Model.Version), input.Model.Package, cancellationToken);
        var golden = await package.ReadJsonAsync<GoldenRows>(ModelPackage.Golden, cancellationToken);
        var url = new Uri(serving.BaseAddress, $"api/endpoints/{input.Endpoint}/predict");
        await progress.ReportAsync($"asking {url}", cancellationToken);
        var deadline = time.GetTimestamp();
        while (true)
        {
            var (check, retry) = await AskAsync(url, input.Model, golden, cancellationToken);
            if (!retry || time.GetElapsedTime(deadline) > options.Value.VerifyPatience) return check;
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }

    /// <summary>One attempt; to be tried again while the endpoint has not taken up the new version.</summary>
    private async Task<(EndpointCheck Check, bool Retry)> AskAsync(Uri url, ModelRef model, GoldenRows golden, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = JsonContent.Create(new { instances = golden.Instances }, options: MlOpsJson.Compact) };
            // No use of the endpoint: no monitor counts it.
            request.Headers.Add("X-Request-Id", $"{ProbeRequests.Prefix}{model.Name}-{model.Version}");
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                return (new(false, $"{url} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}", url.ToString()), true);
            var answer = await response.Content.ReadFromJsonAsync<PredictResponse>(MlOpsJson.Compact, cancellationToken);
            if (answer!.Version != model.Version)
                return (new(false, $"{url} still answers with version {answer.Version}, not {model.Version}.", url.ToString()), true);
            return (Compare(url, golden, answer), false);
        }
        catch (HttpRequestException error)
        {
            return (new(false, $"{url} could not be reached: {error.Message}", url.ToString()), true);
        }
    }

    private static EndpointCheck Compare(Uri url, GoldenRows golden, PredictResponse answer)
    {
        var request = JsonSerializer.SerializeToElement(new { instances = golden.Instances.Take(1) }, MlOpsJson.Compact);
        var response = JsonSerializer.SerializeToElement(answer with { Predictions = [.. answer.Predictions.Take(1)] }, MlOpsJson.Compact);
        var (passed, detail) = GoldenAnswers.Compare(golden, answer.Predictions);
        return new(passed, detail, url.ToString(), request, response);
    }
}
