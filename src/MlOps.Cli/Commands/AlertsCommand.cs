using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Monitoring;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops alerts list|ack|silence</c>.</summary>
internal static class AlertsCommand
{
    public static Command Create() => new("alerts", "What is wrong with endpoints, and who has taken it up.") { CreateList(), CreateAcknowledge(), CreateSilence() };

    private static Command CreateList()
    {
        var endpoint = new Argument<string?>("endpoint") { Description = "Only this endpoint's.", Arity = ArgumentArity.ZeroOrOne };
        var open = new Option<bool>("--open") { Description = "Only those that are open." };
        var json = CommandLine.JsonOption();
        var command = new Command("list", CommandLine.WithExamples("List alerts, the newest first.", "mlops alerts list", "mlops alerts list flight-delay --open --json")) { endpoint, open, json };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetValue(endpoint), parsed.GetValue(open), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateAcknowledge()
    {
        var id = new Argument<string>("alert") { Description = "Id of the alert." };
        var reason = new Option<string>("--reason") { Description = "What is being done.", Required = true };
        var json = CommandLine.JsonOption();
        var command = new Command("ack", CommandLine.WithExamples(
            "Take an alert up; the first who does stands there.", "mlops alerts ack flight-delay.drift.20010301T060000 --reason \"looking at the feed\"")) { id, reason, json };
        command.SetAction((parsed, cancellationToken) => AcknowledgeAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(reason), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateSilence()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "Name of the endpoint." };
        var monitor = new Option<string?>("--monitor") { Description = "Only this monitor's alerts. Default: all of the endpoint." };
        var until = CommandLine.TimeOption("--until", "End of the silence: 2001-03-05T06:00:00Z.");
        until.Required = true;
        var reason = new Option<string>("--reason") { Description = "Why.", Required = true };
        var json = CommandLine.JsonOption();
        var command = new Command("silence", CommandLine.WithExamples(
            "Be told nothing of an endpoint's new alerts for a while. They are recorded all the same.",
            "mlops alerts silence flight-delay --monitor drift --until 2026-12-24 --reason \"holiday traffic\"")) { endpoint, monitor, until, reason, json };
        command.SetAction((parsed, cancellationToken) => SilenceAsync(
            parsed.GetRequiredValue(endpoint), new(parsed.GetValue(until), parsed.GetRequiredValue(reason), parsed.GetValue(monitor)), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(string? endpoint, bool open, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var query = $"api/alerts?take=1000{(endpoint is null ? "" : $"&endpoint={Uri.EscapeDataString(endpoint)}")}{(open ? "&open=true" : "")}";
        var alerts = (await plane.GetAsync<Page<AlertRecord>>(query, cancellationToken)).Items;
        if (json)
        {
            Terminal.WriteJson(new { alerts });
            return ExitCodes.Done;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("Alert", "Severity", "Since (UTC)", "Until (UTC)", "Taken up by", "What");
        foreach (var alert in alerts)
        {
            table.AddRow(
                new Text(alert.Id), new Text(alert.Severity.ToString()), new Text($"{alert.OpenedAt:yyyy-MM-dd HH:mm}"), new Text(alert.ClosedAt is { } closed ? $"{closed:yyyy-MM-dd HH:mm}" : "open"),
                new Text(alert.Acknowledged?.By ?? ""), new Text(alert.Detail));
        }
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> AcknowledgeAsync(string id, string reason, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var alert = await plane.PostAsync<AlertRecord>($"api/alerts/{Uri.EscapeDataString(id)}/acknowledgement", new AcknowledgeRequest(reason), cancellationToken);
        if (json) Terminal.WriteJson(alert);
        else Terminal.Results.WriteLine($"{alert.Acknowledged?.By} has taken {alert.Id} up.");
        return ExitCodes.Done;
    }

    private static async Task<int> SilenceAsync(string endpoint, SilenceRequest request, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var silence = await plane.PostAsync<AlertSilence>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/silences", request, cancellationToken);
        if (json) Terminal.WriteJson(silence);
        else Terminal.Results.WriteLine($"Nobody is told of new alerts of {endpoint} until {silence.Until:yyyy-MM-dd HH:mm} UTC (silence {silence.Id}).");
        return ExitCodes.Done;
    }
}
