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
        "Messages to people: list them with their deliveries, or test a pipeline's channels.",
        "mlops notifications list --pipeline flight-delay",
        "mlops notifications test flight-delay"))
    {
        CreateList(), CreateTest(),
    };

    private static Command CreateList()
    {
        var pipeline = new Option<string?>("--pipeline") { Description = "Only this pipeline's." };
        var json = CommandLine.JsonOption();
        var command = new Command("list", "List messages and how their delivery went, newest first.") { pipeline, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
            var filter = parsed.GetValue(pipeline) is { } name ? $"?pipeline={Uri.EscapeDataString(name)}" : "";
            return Show((await plane.GetAsync<Page<NotificationRecord>>($"api/notifications{filter}", cancellationToken)).Items, parsed.GetValue(json));
        });
        return command;
    }

    private static Command CreateTest()
    {
        var (pipeline, json) = (CommandLine.PipelineArgument(), CommandLine.JsonOption());
        var command = new Command("test", "Send a test message through every channel of a pipeline, and wait until each has taken or refused it.") { pipeline, json };
        command.SetAction((parsed, cancellationToken) => TestAsync(parsed.GetRequiredValue(pipeline), parsed.GetValue(json), cancellationToken));
        return command;
    }

    /// <summary>A channel that failed once is told at once; the deliveries go on by themselves where a host runs.</summary>
    private static async Task<int> TestAsync(string pipeline, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var sent = await plane.PostAsync<NotificationRecord>($"api/pipelines/{Uri.EscapeDataString(pipeline)}/notifications/test", new { }, cancellationToken);
        while (sent.Deliveries.Any(d => d is { Status: DeliveryStatus.Pending, Attempts.Count: 0 }))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            sent = await plane.GetAsync<NotificationRecord>($"api/notifications/{sent.Message.Id}", cancellationToken);
        }

        Show([sent], json);
        return sent.Deliveries.All(d => d.Status is DeliveryStatus.Delivered) ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static int Show(IReadOnlyList<NotificationRecord> notifications, bool json)
    {
        if (json)
        {
            Terminal.WriteJson(new { notifications });
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("When (UTC)", "Message", "For", "Channel", "Delivery", "Last answer");
        foreach (var (message, delivery) in notifications.SelectMany(n => n.Deliveries.Select(d => (n.Message, d))))
        {
            table.AddRow(
                new Text($"{message.At:yyyy-MM-dd HH:mm:ss}"), new Text(message.Title), new Text(message.Recipient ?? "everybody"), new Text(delivery.Channel.Name),
                new Text($"{delivery.Status.ToString().ToLowerInvariant()}, {delivery.Attempts.Count} attempts"), new Text(delivery.Attempts is [.., var last] ? last.Detail : ""));
        }

        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }
}
