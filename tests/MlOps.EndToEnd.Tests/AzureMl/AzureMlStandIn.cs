using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlOps.EndToEnd.Tests.AzureMl;

/// <summary>
/// Azure Resource Manager and one workspace, as far as jobs go: refuses what the documented payload does not allow, throttles and breaks
/// as the service may, and runs what it accepted with the container's folder in place of the datastore.
/// </summary>
internal sealed class AzureMlStandIn : IAsyncDisposable
{
    public const string WorkspaceId = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-test/providers/Microsoft.MachineLearningServices/workspaces/mlw-test";
    private readonly WebApplication _app;
    private readonly string _container;
    private readonly ConcurrentDictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Fault> _faults = new();

    private AzureMlStandIn(WebApplication app, string container) => (_app, _container) = (app, container);

    public enum Fault
    {
        Throttled,
        ServerError,
        Broken,
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/");

    public IReadOnlyDictionary<string, Job> Jobs => _jobs;

    public ConcurrentQueue<string> Refusals { get; } = new();

    /// <summary>Whether accepted jobs stay in the queue, as while a cluster grows.</summary>
    public bool HoldsJobs { get; init; }

    public static async Task<AzureMlStandIn> StartAsync(string container, bool holdsJobs = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var standIn = new AzureMlStandIn(builder.Build(), container) { HoldsJobs = holdsJobs };
        standIn._app.Use(standIn.TryFailAsync);
        standIn._app.MapGet(WorkspaceId + "/jobs/{id}", standIn.Get);
        standIn._app.MapPut(WorkspaceId + "/jobs/{id}", standIn.PutAsync);
        standIn._app.MapPost(WorkspaceId + "/jobs/{id}/cancel", standIn.Cancel);
        await standIn._app.StartAsync();
        return standIn;
    }

    /// <summary>The settings of a control plane that trains here.</summary>
    public void Configure(IDictionary<string, string> settings)
    {
        settings["AzureMl__Endpoint"] = Address.ToString();
        settings["AzureMl__SubscriptionId"] = "0b1f6471-1bf0-4dda-aec3-111122223333";
        settings["AzureMl__ResourceGroup"] = "rg-test";
        settings["AzureMl__Workspace"] = "mlw-test";
        settings["AzureMl__Cluster"] = "gpu";
        settings["AzureMl__EnvironmentId"] = WorkspaceId + "/environments/mlops-trainer/versions/1";
        settings["AzureMl__PollInterval"] = "00:00:00.100";
        settings["AzureMl__LongestPollInterval"] = "00:00:00.500";
    }

    /// <summary>The next requests fail so, one each.</summary>
    public void FailNext(params Fault[] next)
    {
        foreach (var fault in next) _faults.Enqueue(fault);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var job in _jobs.Values) job.Kill();
        await _app.DisposeAsync();
    }

    private async Task TryFailAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Query["api-version"] != "2024-10-01") await RefuseAsync(context, 400, "InvalidApiVersionParameter", "api-version must be 2024-10-01");
        else if (!_faults.TryDequeue(out var fault)) await next(context);
        else if (fault is Fault.Broken) context.Abort();
        else
        {
            context.Response.Headers.RetryAfter = "0";
            await RefuseAsync(context, fault is Fault.Throttled ? 429 : 500, fault.ToString(), "Try again.");
        }
    }

    private IResult Get(string id) => _jobs.TryGetValue(id, out var job) ? Answer(id, job) : Error(404, "ResourceNotFound", $"Job {id} was not found.");

    private async Task<IResult> PutAsync(string id, HttpRequest request)
    {
        var body = await JsonNode.ParseAsync(request.Body);
        if (JobRules.ProblemOf(id, body) is { } problem)
        {
            Refusals.Enqueue(problem);
            return Error(400, "UserError", problem);
        }

        var job = new Job(body!["properties"]!.AsObject());
        if (!_jobs.TryAdd(id, job)) return Error(409, "Conflict", $"Job {id} exists; a job cannot be changed.");
        if (!HoldsJobs) job.Start(_container);
        return Results.Json(Describe(id, job), statusCode: 201);
    }

    private IResult Cancel(string id)
    {
        if (!_jobs.TryGetValue(id, out var job)) return Error(404, "ResourceNotFound", $"Job {id} was not found.");
        job.Kill();
        return Results.Accepted();
    }

    private static IResult Answer(string id, Job job) => Results.Json(Describe(id, job));

    private static JsonObject Describe(string id, Job job)
    {
        var properties = job.Properties.DeepClone().AsObject();
        properties["status"] = job.Status;
        properties["services"] = new JsonObject { ["Studio"] = new JsonObject { ["jobServiceType"] = "Studio", ["endpoint"] = $"https://ml.azure.com/runs/{id}" } };
        return new JsonObject { ["id"] = $"{WorkspaceId}/jobs/{id}", ["name"] = id, ["type"] = "Microsoft.MachineLearningServices/workspaces/jobs", ["properties"] = properties };
    }

    private static IResult Error(int status, string code, string message) =>
        Results.Json(new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }, statusCode: status);

    private static Task RefuseAsync(HttpContext context, int status, string code, string message) => Error(status, code, message).ExecuteAsync(context);

    /// <summary>One accepted job.</summary>
    internal sealed class Job(JsonObject properties)
    {
        private readonly ConcurrentBag<Process> _processes = [];
        private volatile string _status = "Queued";

        public JsonObject Properties { get; } = properties;

        public string Status => _status;

        public void Start(string container) => _ = Task.Run(() => RunAsync(container));

        public void Kill()
        {
            if (_status is "Completed" or "Failed") return;
            _status = "Canceled";
            foreach (var process in _processes.Where(p => !p.HasExited)) process.Kill(entireProcessTree: true);
        }

        private async Task RunAsync(string container)
        {
            _status = "Running";
            var sweep = Properties["trial"] as JsonObject;
            var command = (string)(sweep ?? Properties)["command"]!;
            foreach (var (kind, key) in new[] { ("inputs", "uri"), ("outputs", "uri") })
            {
                foreach (var (name, binding) in Properties[kind]!.AsObject())
                    command = command.Replace($"${{{{{kind}.{name}}}}}", Path.Combine(container, ((string)binding![key]!).Split("/paths/")[1]).TrimEnd('/'), StringComparison.Ordinal);
            }

            var values = sweep is null ? [""] : Properties["searchSpace"]!["trial"]![1]![0]!.AsArray().Select(v => (string)v!);
            var ended = new List<int>();
            foreach (var value in values) ended.Add(await RunAsync(command.Replace("${{search_space.trial}}", value, StringComparison.Ordinal), CancellationToken.None));
            // A sweep is done when its trials are, however each of them ended.
            if (_status is "Running") _status = ended.TrueForAll(code => code is 0) || (sweep is not null && ended.Contains(0)) ? "Completed" : "Failed";
        }

        private async Task<int> RunAsync(string command, CancellationToken cancellationToken)
        {
            var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add("-c");
            // What the image has on its path.
            start.ArgumentList.Add($"mlops-trainer() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "mlops-trainer.dll")}' \"$@\"; }}; {command}");
            using var process = Process.Start(start)!;
            _processes.Add(process);
            var read = Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            await read;
            return process.ExitCode;
        }
    }
}
