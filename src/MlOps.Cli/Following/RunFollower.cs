using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Approvals;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Functions.Api;
using MlOps.Storage;
using MlOps.Pipelines.Runs;
using Spectre.Console;

namespace MlOps.Cli.Following;

/// <summary>Follows a run to its end: shows its steps, asks for approval where a person sits there, prints what came of it.</summary>
internal sealed class RunFollower(ControlPlane plane, bool json)
{
    /// <summary>The run that came of a start, once it is there.</summary>
    public async Task<string> WaitForRunAsync(string pipeline, StartedRun started, CancellationToken cancellationToken)
    {
        if (started.Run is { } known) return known;
        Terminal.Progress.MarkupLineInterpolated($"[grey]{pipeline}: waiting for its files in incoming/{pipeline}/[/]");
        var state = await plane.PollAsync<AnnouncementState>(
            $"api/pipelines/{Uri.EscapeDataString(pipeline)}/announcements/{started.Announcement}", s => s.RunId is not null || s.Problem is not null, cancellationToken);
        return state.RunId ?? throw new CommandException(ExitCodes.JobFailed, state.Problem!);
    }

    /// <summary>Follows one run; prints it; returns the exit code that says how it ended.</summary>
    public async Task<int> FollowToEndAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await FollowAsync(runId, cancellationToken);
        await PrintAsync(run, resumed: null, cancellationToken);
        return ExitCodeOf(run);
    }

    /// <summary>Follows several runs one after the other; the JSON object is the first one's, with the ids of all.</summary>
    public async Task<int> FollowAllToEndAsync(IReadOnlyList<string> runIds, CancellationToken cancellationToken)
    {
        var ended = new List<RunDetails>();
        foreach (var id in runIds)
        {
            ended.Add(await FollowAsync(id, cancellationToken));
            if (!json) await PrintAsync(ended[^1], runIds, cancellationToken);
        }

        if (json) await PrintAsync(ended[0], runIds, cancellationToken);
        return ended.Select(ExitCodeOf).Max();
    }

    private async Task<RunDetails> FollowAsync(string runId, CancellationToken cancellationToken)
    {
        Terminal.Progress.MarkupLineInterpolated($"[grey]run {runId}[/]");
        while (true)
        {
            var run = await ShowAsync(runId, cancellationToken);
            if (run.Status is not RunStatus.WaitingForApproval) return run;
            if (!Terminal.IsInteractive || json) return run;
            await AskAsync(run, cancellationToken);
        }
    }

    /// <summary>Shows the run until it ends or waits for a person.</summary>
    private Task<RunDetails> ShowAsync(string runId, CancellationToken cancellationToken)
    {
        if (!Terminal.IsInteractive) return PollAsync(runId, new RunLog().Show, cancellationToken);
        return Terminal.Progress.Live(new Text("")).StartAsync(live => PollAsync(runId, run => live.UpdateTarget(RunTable.Render(run)), cancellationToken));
    }

    private Task<RunDetails> PollAsync(string runId, Action<RunDetails> show, CancellationToken cancellationToken) =>
        plane.PollAsync($"api/runs/{runId}", run => run.Status.IsFinal() || run.Status is RunStatus.WaitingForApproval, cancellationToken, show);

    private async Task AskAsync(RunDetails run, CancellationToken cancellationToken)
    {
        RunSummary.Write(Terminal.Progress, run);
        var question = new TextPrompt<string>($"Release {run.Model!.Name} version {run.Model.Version} to production?")
            .AddChoices(["approve", "reject", "later"]).DefaultValue("later");
        var decision = await question.ShowAsync(Terminal.Progress, cancellationToken);
        if (decision is "later") throw new CommandException(ExitCodes.WaitingForApproval, HowToApprove(run.Run));
        var reason = await new TextPrompt<string>("Why?") { AllowEmpty = decision is "approve" }.ShowAsync(Terminal.Progress, cancellationToken);
        await plane.PostAsync<ApprovalRecord>($"api/approvals/{run.Run}", new DecisionRequest(decision, reason), cancellationToken);
        await plane.PollAsync<RunDetails>($"api/runs/{run.Run}", r => r.Status is not RunStatus.WaitingForApproval, cancellationToken);
    }

    private async Task PrintAsync(RunDetails run, IReadOnlyList<string>? resumed, CancellationToken cancellationToken)
    {
        // Of a run that was followed to its release people see what the endpoint answered.
        if (run.Endpoint is not null) run = await plane.GetAsync<RunDetails>($"api/runs/{run.Run}?proof=true", cancellationToken);
        if (json) Terminal.WriteJson(ToJson(run, await plane.StorageAsync(cancellationToken), resumed));
        else RunSummary.Write(Terminal.Results, run);
        if (run.Status is RunStatus.WaitingForApproval) Terminal.Progress.WriteLine(HowToApprove(run.Run));
    }

    /// <summary>The run as the API tells it, with the model's file as a path on this machine, or its address.</summary>
    public static JsonObject ToJson(RunDetails run, StorageLocation storage, IReadOnlyList<string>? resumed = null)
    {
        var node = JsonSerializer.SerializeToNode(run, MlOpsJson.Compact)!.AsObject();
        if (run.Model is { } model) node["model"]!["path"] = storage.PlaceOf(model.Path);
        if (resumed is not null) node["resumed"] = JsonSerializer.SerializeToNode(resumed);
        return node;
    }

    private static string HowToApprove(string runId) =>
        $"The run waits for a decision, also when this program ends. Decide with:\n  ./mlops approve {runId}\n  ./mlops reject {runId} --reason TEXT";

    private static int ExitCodeOf(RunDetails run) => run.Status switch
    {
        RunStatus.Released => ExitCodes.Done,
        RunStatus.WaitingForApproval => ExitCodes.WaitingForApproval,
        _ => ExitCodes.JobFailed,
    };
}
