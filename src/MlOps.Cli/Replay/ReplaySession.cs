using System.Globalization;
using System.Text;
using MlOps.Cli.Connection;
using MlOps.Core.Approvals;
using MlOps.Core.Endpoints;
using MlOps.Core.Retraining;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Data.Replay;
using MlOps.Functions.Api;
using MlOps.Monitoring.Labels;
using MlOps.Pipelines.Monitoring;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Pipelines;

namespace MlOps.Cli.Replay;

/// <summary>What a replay asks of its host, all of it through the API that everybody has.</summary>
internal sealed class ReplaySession(ControlPlane plane, PipelineSpec spec)
{
    private const int RowsPerRequest = 500;
    private readonly HashSet<string> _alerts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wishes = new(StringComparer.Ordinal);
    private readonly string _pipeline = $"api/pipelines/{Uri.EscapeDataString(spec.Name)}";
    private readonly string _endpoint = $"api/endpoints/{Uri.EscapeDataString(spec.Release.Endpoint)}";

    /// <summary>Trains on a file, approves, releases.</summary>
    /// <exception cref="CommandException">Nothing was released.</exception>
    public async Task<RunModel> ReleaseFirstAsync(FileInfo file, CancellationToken cancellationToken)
    {
        var announcement = await plane.PostAsync<Announcement>($"{_pipeline}/announcements", new AnnounceRequest([file.Name], Reason: "What lay before the replay."), cancellationToken);
        await DropAsync(file, cancellationToken);
        var state = await plane.PollAsync<AnnouncementState>($"{_pipeline}/announcements/{announcement.Id}", s => s.Problem is not null || s.RunId is not null, cancellationToken);
        if (state.Problem is { } problem) throw new CommandException(ExitCodes.JobFailed, problem);
        var run = await EndOfAsync(state.RunId!, cancellationToken);
        return run is { Status: RunStatus.Released, Model: { } model } ? model : throw new CommandException(ExitCodes.JobFailed, $"The first run did not release a model: {run.Reason}");
    }

    /// <summary>Drops a file; it waits for the next run.</summary>
    public Task DropAsync(FileInfo file, CancellationToken cancellationToken) =>
        plane.PutFileAsync<ReceivedFile>($"{_pipeline}/incoming/{Uri.EscapeDataString(file.Name)}", file, cancellationToken);

    /// <summary>Asks for predictions of a day's rows.</summary>
    /// <param name="day">The day.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="saysWhen">Whether a row says when it was; otherwise the request does.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<AnsweredDay> PredictAsync(DateOnly day, IReadOnlyList<HistoricRow> rows, bool saysWhen, CancellationToken cancellationToken)
    {
        var time = saysWhen ? "" : string.Create(CultureInfo.InvariantCulture, $"\"time\":\"{day:yyyy-MM-dd}T12:00:00Z\",");
        var answered = new AnsweredDay(day, rows);
        foreach (var chunk in rows.Chunk(RowsPerRequest))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"replay-{day:yyyyMMdd}-{answered.Requests.Count}");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{_endpoint}/predict");
            request.Headers.Add("X-Request-Id", id);
            request.Content = new StringContent($$"""{{{time}}"instances":[{{string.Join(',', chunk.Select(r => r.Instance))}}]}""", Encoding.UTF8, "application/json");
            var response = await plane.SendAsync<PredictResponse>(request, cancellationToken);
            answered.Requests.Add(id);
            answered.Version = response.Version;
            foreach (var prediction in response.Predictions) answered.Scores.AddRange(prediction.Scores);
        }
        return answered;
    }

    /// <summary>Says what turned out to be true of a day's rows.</summary>
    public async Task LabelAsync(AnsweredDay day, CancellationToken cancellationToken)
    {
        if (day.Rows.Count is 0) return;
        var text = new StringBuilder("request,row,label\n");
        for (var i = 0; i < day.Rows.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{day.Requests[i / RowsPerRequest]},{i % RowsPerRequest},\"{day.Rows[i].Label.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        using var content = new StringContent(text.ToString(), Encoding.UTF8, "text/csv");
        await plane.SendAsync<AcceptedLabels>(HttpMethod.Post, $"{_endpoint}/labels", content, cancellationToken);
    }

    /// <summary>Runs the monitors over their windows up to a moment.</summary>
    /// <returns>Ids of the alerts that opened.</returns>
    public async Task<IReadOnlyList<string>> MonitorAsync(DateOnly to, CancellationToken cancellationToken)
    {
        var end = new DateTimeOffset(to.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var started = await plane.PostAsync<StartedMonitors>($"{_endpoint}/monitors/run", new RunMonitorsRequest(To: end), cancellationToken);
        var opened = new List<string>();
        foreach (var id in started.Runs)
        {
            var state = await plane.PollAsync<MonitorRunState>($"{_endpoint}/monitors/runs/{id}", s => s.Status is not "running", cancellationToken);
            if (state.Result is not { } result) throw new CommandException(ExitCodes.JobFailed, $"The monitors up to {to:yyyy-MM-dd} failed: {state.Reason}");
            opened.AddRange(result.Alerts.Where(_alerts.Add));
        }
        return opened;
    }

    /// <summary>Waits for what alerts have asked for, and approves what passes its gates.</summary>
    public async Task<IReadOnlyList<ReplayRetraining>> RetrainAsync(CancellationToken cancellationToken)
    {
        var page = await plane.PollAsync<Page<RetrainingRequest>>(
            $"{_pipeline}/retraining", p => !NewOf(p).Any(w => w.Status is RetrainingStatus.Waiting or RetrainingStatus.Starting), cancellationToken);
        var outcomes = new List<ReplayRetraining>();
        foreach (var wish in NewOf(page).OrderBy(w => w.At).ThenBy(w => w.Status is not RetrainingStatus.Started))
        {
            _wishes.Add(wish.Id);
            outcomes.Add(wish is { Status: RetrainingStatus.Started, RunId: { } run }
                ? OutcomeOf(wish, await EndOfAsync(run, cancellationToken))
                : new(wish.Trigger, wish.Reason, NameOf(wish.Status), null, null, Replaced: false, wish.Outcome, null));
        }
        return outcomes;
    }

    private List<RetrainingRequest> NewOf(Page<RetrainingRequest> page) => [.. page.Items.Where(w => !_wishes.Contains(w.Id))];

    private static ReplayRetraining OutcomeOf(RetrainingRequest wish, RunDetails run)
    {
        var replaced = run.Status is RunStatus.Released;
        return new(
            wish.Trigger, wish.Reason, NameOf(wish.Status), run.Run, run.Dataset?.Rows, replaced,
            replaced ? $"Version {run.Model!.Version} answers now." : run.Reason,
            run.Gates.Select(g => g.Difference).FirstOrDefault(d => d is not null));
    }

    /// <summary>Follows a run to its end; approves when it asks.</summary>
    private async Task<RunDetails> EndOfAsync(string id, CancellationToken cancellationToken)
    {
        var run = await plane.PollAsync<RunDetails>($"api/runs/{id}", r => r.Status.IsFinal() || r.Status is RunStatus.WaitingForApproval, cancellationToken);
        if (run.Status.IsFinal()) return run;
        await plane.PostAsync<ApprovalRecord>($"api/approvals/{id}", new DecisionRequest("approve", "It passed its gates; the replay approves."), cancellationToken);
        return await plane.PollAsync<RunDetails>($"api/runs/{id}", r => r.Status.IsFinal(), cancellationToken);
    }

    private static string NameOf(RetrainingStatus status) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}

/// <summary>A day's rows and what was answered.</summary>
internal sealed class AnsweredDay(DateOnly day, IReadOnlyList<HistoricRow> rows)
{
    public DateOnly Day => day;

    public IReadOnlyList<HistoricRow> Rows => rows;

    /// <summary>Ids of the requests, in order.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Raw outputs, row by row.</summary>
    public List<float> Scores { get; } = [];

    /// <summary>Version that answered last.</summary>
    public int Version { get; set; }
}
