using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace MlOps.Trainer;

/// <summary>
/// Tells an MLflow tracking server how training goes: the run that the environment names, as Azure Machine Learning and MLflow's own
/// launcher set it. Training never fails or waits for its sake: what cannot be told is left out, and said once.
/// </summary>
/// <remarks>MLflow REST API 2.0, <c>runs/log-metric</c>. Environment: MLFLOW_TRACKING_URI, MLFLOW_RUN_ID, MLFLOW_TRACKING_TOKEN.</remarks>
internal sealed class MlflowMetrics : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly string run;
    private readonly TimeProvider time;
    private readonly TextWriter errors;
    private long? sent;
    private int lastStep;
    private bool silent;

    private MlflowMetrics(Uri server, string run, string? token, TimeProvider time, TextWriter errors)
    {
        (this.run, this.time, this.errors) = (run, time, errors);
        http.BaseAddress = server;
        if (token is { Length: > 0 }) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The run that the environment names; <see langword="null"/>: it names none.</summary>
    public static MlflowMetrics? FromEnvironment(TimeProvider time, TextWriter errors)
    {
        var (address, run) = (Environment.GetEnvironmentVariable("MLFLOW_TRACKING_URI"), Environment.GetEnvironmentVariable("MLFLOW_RUN_ID"));
        // Azure Machine Learning writes azureml://host/…, which is the same address over HTTPS.
        if (address?.StartsWith("azureml://", StringComparison.Ordinal) is true) address = $"https://{address["azureml://".Length..].Split('?')[0]}";
        return run is { Length: > 0 } && Uri.TryCreate(address?.TrimEnd('/') + "/", UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? new(server, run, Environment.GetEnvironmentVariable("MLFLOW_TRACKING_TOKEN"), time, errors)
            : null;
    }

    /// <summary>Tells a round's metric, at most every few seconds.</summary>
    public void Log(string metric, double value, int step)
    {
        lastStep = step;
        if (sent is { } before && time.GetElapsedTime(before) < Interval) return;
        sent = time.GetTimestamp();
        Send(metric, value, step);
    }

    /// <summary>Tells the metric of the kept model as the last step: what a sweep compares.</summary>
    public void Complete(string metric, double value) => Send(metric, value, lastStep + 1);

    public void Dispose() => http.Dispose();

    private void Send(string metric, double value, int step)
    {
        if (silent || !double.IsFinite(value)) return;
        try
        {
            using var body = JsonContent.Create(new { run_id = run, key = metric, value, timestamp = time.GetUtcNow().ToUnixTimeMilliseconds(), step });
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/2.0/mlflow/runs/log-metric") { Content = body };
            using var answer = http.Send(request);
            if (!answer.IsSuccessStatusCode) Give($"answered {(int)answer.StatusCode}");
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Give(error.Message);
        }
    }

    private void Give(string problem)
    {
        silent = true;
        errors.WriteLine($"mlops-trainer: the MLflow server {http.BaseAddress} {problem}; training goes on without telling it metrics.");
    }
}
