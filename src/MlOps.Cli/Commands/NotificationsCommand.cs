using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Notifications;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops notifications</c>: messages to people, how their delivery went, and a test of the channels.</summary>
internal static class NotificationsCommand
{
    public static Command Create() => new("notifications", CommandLine.WithExamples(
        "Messages to people: list them with their deliveries, try failed ones again, or test a pipeline's channels.",
        "mlops notifications list --pipeline flight-delay",
        "mlops notifications show alert-raised-3f2a",
        "mlops notifications retry alert-raised-3f2a --reason 'The mail server is back.'",
        "mlops notifications test flight-delay"))
    {
        CreateList(), CreateShow(), CreateRetry(), CreateTest(),
    };

    private static Command CreateList()
    {
        var pipeline = new Option<string?>("--pipeline") { Description = "Only this pipeline's." };
        var failed = new Option<bool>("--failed") { Description = "Only messages that a channel failed to take." };
        var take = new Option<int>("--take") { Description = "Most messages, 1 to 1,000.", DefaultValueFactory = _ => 50 };
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List messages and how their delivery went, newest first.") { pipeline, failed, take, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            var filter = $"?take={parsed.GetValue(take)}{(parsed.GetValue(failed) ? "&failed=true" : "")}{(parsed.GetValue(pipeline) is { } name ? $"&pipeline={Uri.EscapeDataString(name)}" : "")}";
            return Show((await plane.GetAsync<Page<NotificationRecord>>($"api/notifications{filter}", cancellationToken)).Items, parsed.GetValue(json));
        });
        return command;
    }

    private static Command CreateShow()
    {
        var (id, json) = (Id(), CommandLine.JsonOption());
        var command = new Command("show", "Show a message and every attempt to deliver it.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            var record = await plane.GetAsync<NotificationRecord>(PathOf(parsed.GetRequiredValue(id)), cancellationToken);
            if (parsed.GetValue(json)) Terminal.WriteJson(record);
            else Write(record);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateRetry()
    {
        var (id, json) = (Id(), CommandLine.JsonOption());
        var reason = new Option<string?>("--reason") { Description = "Why; kept in the audit log." };
        var command = new Command("retry", "Have the failed deliveries of a message tried again, and wait for the first attempt of each.") { id, reason, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
            var path = PathOf(parsed.GetRequiredValue(id));
            var before = await plane.GetAsync<NotificationRecord>(path, cancellationToken);
            await plane.PostAsync<NotificationRecord>($"{path}/retry", new RetryRequest(parsed.GetValue(reason)), cancellationToken);
            return await AttemptedAsync(plane, path, before, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Command CreateTest()
    {
        var (pipeline, json) = (CommandLine.PipelineArgument(), CommandLine.JsonOption());
        var command = new Command("test", "Send a test message through every channel of a pipeline, and wait until each has taken or refused it.") { pipeline, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
            var sent = await plane.PostAsync<NotificationRecord>($"api/pipelines/{Uri.EscapeDataString(parsed.GetRequiredValue(pipeline))}/notifications/test", new { }, cancellationToken);
            return await AttemptedAsync(plane, PathOf(sent.Message.Id), null, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Argument<string> Id() => new("id") { Description = "Id of the message, as 'mlops notifications list' shows it." };

    private static string PathOf(string id) => $"api/notifications/{Uri.EscapeDataString(id)}";

    /// <summary>A channel that failed once is told at once; the deliveries go on by themselves where a host runs.</summary>
    private static async Task<int> AttemptedAsync(ControlPlane plane, string path, NotificationRecord? before, bool json, CancellationToken cancellationToken)
    {
        var attempts = before?.Deliveries.Select(d => d.Attempts.Count).ToList();
        var record = await plane.PollAsync<NotificationRecord>(
            path, r => r.Deliveries.Select((d, at) => d.Status is not DeliveryStatus.Pending || d.Attempts.Count > (attempts?[at] ?? 0)).All(done => done), cancellationToken);
        Show([record], json);
        return record.Deliveries.All(d => d.Status is DeliveryStatus.Delivered) ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static int Show(IReadOnlyList<NotificationRecord> notifications, bool json)
    {
        if (json)
        {
            Terminal.WriteJson(new { notifications });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("When (UTC)", "Id", "Message", "For", "Channel", "Delivery", "Last answer");
        foreach (var (message, delivery) in notifications.SelectMany(n => n.Deliveries.Select(d => (n.Message, d))))
        {
            table.AddRow(
                new Text($"{message.At:yyyy-MM-dd HH:mm:ss}"), new Text(message.Id), new Text(message.Title), new Text(message.Recipient ?? "everybody"), new Text(delivery.Channel.Name),
                new Text($"{delivery.Status.ToString().ToLowerInvariant()}, {delivery.Attempts.Count} attempts"), new Text(delivery.Attempts is [.., var last] ? last.Detail : ""));
        }

        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static void Write(NotificationRecord record)
    {
        var message = record.Message;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, value) in new[]
        {
            ("message", message.Title), ("event", message.Event), ("about", message.Subject), ("for", message.Recipient ?? "everybody"), ("when", $"{message.At:yyyy-MM-dd HH:mm:ss} UTC"), ("text", message.Text),
        })
            grid.AddRow(new Text(name), new Text(value));
        foreach (var delivery in record.Deliveries)
        {
            grid.AddRow(new Text(delivery.Channel.Name), new Text(delivery.Status.ToString().ToLowerInvariant()));
            foreach (var attempt in delivery.Attempts) grid.AddRow(new Text(""), new Text($"{attempt.At:yyyy-MM-dd HH:mm:ss}  {attempt.Detail}  {attempt.Milliseconds} ms"));
        }

        Terminal.Results.Write(grid);
    }
}
