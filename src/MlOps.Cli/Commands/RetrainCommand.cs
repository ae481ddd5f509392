using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Retraining;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops retrain</c>: asks for training again, and shows what has asked for it.</summary>
internal static class RetrainCommand
{
    public static Command Create()
    {
        var pipeline = new Argument<string>("pipeline") { Description = "Name of the pipeline." };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit log.", Required = true };
        var json = CommandLine.JsonOption();
        var command = new Command("retrain", CommandLine.WithExamples(
            "Train again on the data there is, once the pipeline's run has ended, and follow that run; or list what has asked for it.",
            "mlops retrain flight-delay --reason 'New airports.'", "mlops retrain list flight-delay --json"))
        {
            pipeline, reason, json, CreateList(),
        };
        command.SetAction((parsed, cancellationToken) => RetrainAsync(parsed.GetRequiredValue(pipeline), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateList()
    {
        var pipeline = new Argument<string>("pipeline") { Description = "Name of the pipeline." };
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List what has asked for training again, and what became of it, newest first.") { pipeline, json };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetRequiredValue(pipeline), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RetrainAsync(string pipeline, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = $"api/pipelines/{Uri.EscapeDataString(pipeline)}/retraining";
        var wish = await plane.PostAsync<RetrainingRequest>(path, new RetrainRequest(reason), cancellationToken);
        Terminal.Progress.MarkupLineInterpolated($"[grey]{pipeline}: waiting for its turn[/]");
        var wishes = await plane.PollAsync<Page<RetrainingRequest>>(path, page => page.Items.First(r => r.Id == wish.Id).RunId is not null, cancellationToken);
        return await new RunFollower(plane, json).FollowToEndAsync(wishes.Items.First(r => r.Id == wish.Id).RunId!, cancellationToken);
    }

    private static async Task<int> ListAsync(string pipeline, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var requests = (await plane.GetAsync<Page<RetrainingRequest>>($"api/pipelines/{Uri.EscapeDataString(pipeline)}/retraining", cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { requests });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("At (UTC)", "Trigger", "Status", "Run", "Why", "What became of it");
        foreach (var r in requests)
            table.AddRow(new Text($"{r.At:yyyy-MM-dd HH:mm:ss}"), new Text(r.Trigger.ToString()), new Text(r.Status.ToString()), new Text(r.RunId ?? ""), new Text(r.Reason), new Text(r.Outcome ?? ""));
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }
}
