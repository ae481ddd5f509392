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
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly string _run;
    private readonly TimeProvider _time;
    private readonly TextWriter _errors;
    private long? _sent;
    private int _lastStep;
    private bool _silent;

    private MlflowMetrics(Uri server, string run, string? token, TimeProvider time, TextWriter errors)
    {
        (_run, _time, _errors) = (run, time, errors);
        _http.BaseAddress = server;
        if (token is { Length: > 0 }) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
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
        _lastStep = step;
        if (_sent is { } before && _time.GetElapsedTime(before) < s_interval) return;
        _sent = _time.GetTimestamp();
        Send(metric, value, step);
    }

    /// <summary>Tells the metric of the kept model as the last step: what a sweep compares.</summary>
    public void Complete(string metric, double value) => Send(metric, value, _lastStep + 1);

    public void Dispose() => _http.Dispose();

    private void Send(string metric, double value, int step)
    {
        if (_silent || !double.IsFinite(value)) return;
        try
        {
            using var body = JsonContent.Create(new { run_id = _run, key = metric, value, timestamp = _time.GetUtcNow().ToUnixTimeMilliseconds(), step });
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/2.0/mlflow/runs/log-metric") { Content = body };
            using var answer = _http.Send(request);
            if (!answer.IsSuccessStatusCode) Give($"answered {(int)answer.StatusCode}");
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Give(error.Message);
        }
    }

    private void Give(string problem)
    {
        _silent = true;
        _errors.WriteLine($"mlops-trainer: the MLflow server {_http.BaseAddress} {problem}; training goes on without telling it metrics.");
    }
}
