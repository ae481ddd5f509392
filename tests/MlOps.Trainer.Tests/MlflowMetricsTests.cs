using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace MlOps.Trainer.Tests;

/// <summary>The tracking server that the environment names is told; whatever it answers, training goes on.</summary>
[Collection(nameof(EnvironmentCollection))]
public sealed class MlflowMetricsTests : IDisposable
{
    private readonly HttpListener _server = new();
    private readonly ConcurrentQueue<(string Path, string? Token, JsonElement Body)> _requests = new();
    private readonly StringWriter _errors = new();
    private readonly string _address;
    private HttpStatusCode _status = HttpStatusCode.OK;

    public MlflowMetricsTests()
    {
        _address = Listen();
        _ = Task.Run(AnswerAsync);
    }

    public void Dispose()
    {
        _server.Close();
        foreach (var name in new[] { "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_TRACKING_TOKEN" }) Environment.SetEnvironmentVariable(name, null);
        _errors.Dispose();
    }

    [Fact]
    public void A_round_and_the_kept_model_are_told_with_the_runs_token()
    {
        using (var metrics = FromEnvironment())
        {
            metrics.Log("auc", 0.6, 1);
            metrics.Complete("auc", 0.7);
        }

        Assert.Equal(["/api/2.0/mlflow/runs/log-metric", "/api/2.0/mlflow/runs/log-metric"], _requests.Select(r => r.Path));
        Assert.All(_requests, r => Assert.Equal(("Bearer secret", "run-7", "auc"), (r.Token, r.Body.GetProperty("run_id").GetString(), r.Body.GetProperty("key").GetString())));
        Assert.Equal([(0.6, 1), (0.7, 2)], _requests.Select(r => (r.Body.GetProperty("value").GetDouble(), r.Body.GetProperty("step").GetInt32())));
    }

    [Fact]
    public void A_server_that_refuses_is_told_no_more_and_that_is_said_once()
    {
        _status = HttpStatusCode.Forbidden;
        using var metrics = FromEnvironment();
        metrics.Complete("auc", 0.6);
        metrics.Complete("auc", 0.7);
        Assert.Single(_requests);
        Assert.Equal($"mlops-trainer: the MLflow server {_address} answered 403; training goes on without telling it metrics.", _errors.ToString().Trim());
        Assert.DoesNotContain("secret", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "run-7")]
    [InlineData("http://127.0.0.1:1/", null)]
    [InlineData("file:///tmp/mlruns", "run-7")]
    [InlineData("databricks", "run-7")]
    public void Without_a_server_or_a_run_nobody_is_told(string? uri, string? run)
    {
        Environment.SetEnvironmentVariable("MLFLOW_TRACKING_URI", uri);
        Environment.SetEnvironmentVariable("MLFLOW_RUN_ID", run);
        Assert.Null(MlflowMetrics.FromEnvironment(TimeProvider.System, _errors));
    }

    private MlflowMetrics FromEnvironment()
    {
        Environment.SetEnvironmentVariable("MLFLOW_TRACKING_URI", _address);
        Environment.SetEnvironmentVariable("MLFLOW_RUN_ID", "run-7");
        Environment.SetEnvironmentVariable("MLFLOW_TRACKING_TOKEN", "secret");
        return MlflowMetrics.FromEnvironment(TimeProvider.System, _errors)!;
    }

    private string Listen()
    {
        // HttpListener takes no port 0.
        var prefix = $"http://127.0.0.1:{QuietPort.Find()}/";
        _server.Prefixes.Add(prefix);
        _server.Start();
        return prefix;
    }

    private async Task AnswerAsync()
    {
        while (_server.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _server.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
            _requests.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["Authorization"], body.RootElement.Clone()));
            context.Response.StatusCode = (int)_status;
            context.Response.Close();
        }
    }
}

/// <summary>Tests that set the process's environment run one after the other.</summary>
[CollectionDefinition(nameof(EnvironmentCollection), DisableParallelization = true)]
public sealed class EnvironmentCollection;
