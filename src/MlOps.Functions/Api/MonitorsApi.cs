using Microsoft.AspNetCore.Http.HttpResults;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Monitoring;
using MlOps.Storage.Monitoring;

namespace MlOps.Functions.Api;

/// <summary>Body of a request to run monitors.</summary>
/// <param name="Monitors">Their names; absent: all that the pipeline declares.</param>
/// <param name="From">Start of the window, inclusive; absent: each monitor's own window, back from <paramref name="To"/>.</param>
/// <param name="To">End of the window, exclusive; absent: now.</param>
public sealed record RunMonitorsRequest(IReadOnlyList<string>? Monitors = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Runs of monitors that were started.</summary>
/// <param name="Runs">Their ids.</param>
public sealed record StartedMonitors(IReadOnlyList<string> Runs);

/// <summary>An endpoint's monitor.</summary>
/// <param name="Monitor">Its name.</param>
/// <param name="Schedule">When it runs: NCRONTAB with seconds, UTC.</param>
/// <param name="Window">How much time it looks at.</param>
/// <param name="Last">What it found last; absent: it has not run.</param>
public sealed record MonitorDetails(string Monitor, string Schedule, TimeSpan Window, MonitorResult? Last);

/// <summary><c>/api/endpoints/{name}/monitors</c>: what watches over an endpoint, and what it found.</summary>
internal static class MonitorsApi
{
    private const int MostResults = 1000;

    public static void MapMonitors(this IEndpointRouteBuilder routes)
    {
        var monitors = routes.MapGroup("/api/endpoints/{name}/monitors").WithTags("Monitors");
        monitors.MapGet("", ListAsync).WithSummary("The monitors of an endpoint, each with what it found last");
        monitors.MapGet("/{monitor}", SeriesAsync).WithSummary("What a monitor found, window by window, in the order of time; 'from' leaves out windows that end earlier");
        monitors.MapPost("/run", RunAsync).WithSummary("Run monitors now, over a window of past time if one is given. Done again, a window's results replace those before");
        monitors.MapGet("/runs/{id}", FindAsync).WithSummary("A run of monitors: whether it is done, and what came of it");
    }

    private static async Task<Ok<IEnumerable<MonitorDetails>>> ListAsync(
        string name, MonitorStarter starter, MonitorResultStore results, CancellationToken cancellationToken)
    {
        var spec = Require(starter, name).Monitors;
        var details = new List<MonitorDetails>();
        foreach (var monitor in spec.Monitors)
        {
            var last = await results.ListAsync(name, monitor.Kind, null, 1, cancellationToken);
            details.Add(new(MonitorNames.NameOf(monitor.Kind), monitor.Schedule ?? spec.Schedule, monitor.Window ?? spec.Window, last is [var result] ? result : null));
        }
        return TypedResults.Ok<IEnumerable<MonitorDetails>>(details);
    }

    private static async Task<Ok<IReadOnlyList<MonitorResult>>> SeriesAsync(
        string name, string monitor, DateTimeOffset? from, int? take, MonitorResultStore results, CancellationToken cancellationToken)
    {
        if (MonitorNames.Find(monitor) is not { } kind)
            throw ApiException.NotFound($"monitor '{monitor}'", NearestName.Advice(monitor, MonitorNames.All));
        if (take is < 1 or > MostResults) throw ApiException.Invalid($"'take' is {take}: it must be between 1 and {MostResults}.");
        return TypedResults.Ok(await results.ListAsync(name, kind, from, take ?? MostResults, cancellationToken));
    }

    private static async Task<Accepted<StartedMonitors>> RunAsync(
        string name, RunMonitorsRequest request, MonitorStarter starter, HttpContext context, CancellationToken cancellationToken)
    {
        var pipeline = Require(starter, name);
        var chosen = Choose(pipeline, request.Monitors);
        var window = (request.From, request.To) switch
        {
            (null, _) => null,
            ({ } from, { } to) when from < to => new TimeWindow(from.ToUniversalTime(), to.ToUniversalTime()),
            ({ } from, { } to) => throw ApiException.Invalid($"'from' is {from:O}, not before 'to' with {to:O}."),
            _ => throw ApiException.Invalid("'from' needs 'to': give both, 'to' alone for each monitor's own window up to then, or neither for that up to now."),
        };
        // What this process answered before this request belongs to the window. Where others answer, they store it themselves in a moment.
        if (context.RequestServices.GetService<PredictionLog>() is { } log) await log.FlushAsync(cancellationToken);
        var runs = await starter.StartAsync(pipeline, chosen, window, request.To?.ToUniversalTime(), cancellationToken);
        return TypedResults.Accepted($"/api/endpoints/{name}/monitors/runs/{runs[0]}", new StartedMonitors(runs));
    }

    private static async Task<Ok<MonitorRunState>> FindAsync(string name, string id, MonitorStarter starter, CancellationToken cancellationToken) =>
        id.StartsWith($"monitors-{name}-", StringComparison.Ordinal) && await starter.TryGetAsync(id, cancellationToken) is { } run
            ? TypedResults.Ok(run)
            : throw ApiException.NotFound($"run '{id}' of the monitors of '{name}'", $"POST /api/endpoints/{name}/monitors/run starts one.");

    internal static PipelineSpec Require(MonitorStarter starter, string endpoint) => starter.Find(endpoint)
        ?? throw ApiException.NotFound($"pipeline with the endpoint '{endpoint}'", "Monitors stand in a pipeline's file, beside the release that names the endpoint.");

    private static IReadOnlyList<MonitorSpec> Choose(PipelineSpec pipeline, IReadOnlyList<string>? names)
    {
        var declared = pipeline.Monitors.Monitors;
        if (declared.Count is 0) throw ApiException.Conflict("no-monitors", $"Pipeline '{pipeline.Name}' declares no monitors. Add the section 'monitors' to its file.");
        if (names is not { Count: > 0 }) return declared;
        var known = declared.Select(m => MonitorNames.NameOf(m.Kind)).ToList();
        var unknown = names.FirstOrDefault(n => !known.Contains(n, StringComparer.Ordinal));
        if (unknown is not null) throw ApiException.NotFound($"monitor '{unknown}' of '{pipeline.Name}'", NearestName.Advice(unknown, known));
        return [.. declared.Where(m => names.Contains(MonitorNames.NameOf(m.Kind), StringComparer.Ordinal))];
    }
}
