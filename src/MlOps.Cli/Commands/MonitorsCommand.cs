using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Core.Monitoring;
using MlOps.Functions.Api;
using MlOps.Pipelines.Monitoring;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops monitors list|run|show|report</c>: what watches over an endpoint, and what it found.</summary>
internal static class MonitorsCommand
{
    public static Command Create() => new("monitors", "What watches over an endpoint, and what it found.")
    {
        CreateList(), CreateRun(), CreateShow(), CreateReport(),
    };

    private static Argument<string> EndpointArgument() => new("endpoint") { Description = "Name of the endpoint." };

    private static Command CreateList()
    {
        var (endpoint, json) = (EndpointArgument(), CommandLine.JsonOption());
        var command = new Command("list", "List an endpoint's monitors, each with what it found last.") { endpoint, json };
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed.GetRequiredValue(endpoint), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateRun()
    {
        var (endpoint, json) = (EndpointArgument(), CommandLine.JsonOption());
        var monitors = new Argument<string[]>("monitor") { Description = "Names of monitors, such as drift. Default: all that the pipeline declares.", Arity = ArgumentArity.ZeroOrMore };
        var from = CommandLine.TimeOption("--from", "Start of the window, inclusive: 2001-03-01 or 2001-03-01T06:00:00Z.");
        var to = CommandLine.TimeOption("--to", "End of the window, exclusive; alone, each monitor's own window up to then. Default: now.");
        var command = new Command("run", CommandLine.WithExamples(
            "Run an endpoint's monitors now. The exit code is 0 also when they find something wrong: alerts tell of that.",
            "mlops monitors run flight-delay", "mlops monitors run flight-delay drift performance --from 2001-03-01 --to 2001-03-02"))
        {
            endpoint, monitors, from, to, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(endpoint), new(parsed.GetValue(monitors), parsed.GetValue(from), parsed.GetValue(to)), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateShow()
    {
        var (endpoint, json) = (EndpointArgument(), CommandLine.JsonOption());
        var monitor = new Argument<string>("monitor") { Description = "Name of the monitor." };
        var command = new Command("show", "Show what a monitor found, window by window.") { endpoint, monitor, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(endpoint), parsed.GetRequiredValue(monitor), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static Command CreateReport()
    {
        var (endpoint, json) = (EndpointArgument(), CommandLine.JsonOption());
        var output = new Option<FileInfo?>("--output", "-o") { Description = "File to write. Default: <endpoint>-report.html here." };
        var command = new Command("report", "Write the report on an endpoint as one HTML page that needs nothing else.") { endpoint, output, json };
        command.SetAction((parsed, cancellationToken) => ReportAsync(parsed.GetRequiredValue(endpoint), parsed.GetValue(output), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(string endpoint, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var monitors = await plane.GetAsync<List<MonitorDetails>>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/monitors", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(new { monitors });
            return ExitCodes.Done;
        }
        if (monitors.Count is 0)
        {
            Terminal.Progress.MarkupLineInterpolated($"[grey]{endpoint}: its pipeline declares no monitors; add the section 'monitors' to its file[/]");
            return ExitCodes.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Monitor", "Schedule (UTC)", "Window", "Last window ends", "Rows", "Found");
        foreach (var monitor in monitors)
        {
            table.AddRow(
                new Text(monitor.Monitor), new Text(monitor.Schedule), new Text(monitor.Window.ToString("c", CultureInfo.InvariantCulture)),
                new Text(monitor.Last is { } last ? $"{last.Window.To:yyyy-MM-dd HH:mm}" : "–"), new Text($"{monitor.Last?.Rows:N0}"), new Text(Found(monitor.Last)));
        }
        Terminal.Results.Write(table);
        return ExitCodes.Done;
    }

    private static async Task<int> RunAsync(string endpoint, RunMonitorsRequest request, bool json, CancellationToken cancellationToken)
    {
        if (request is { From: not null, To: null }) throw CommandException.BadInput("--from needs --to: give both, or --to alone for each monitor's own window up to then.");
        await using var plane = await ControlPlane.ConnectAsync(runWork: true, cancellationToken);
        var path = $"api/endpoints/{Uri.EscapeDataString(endpoint)}/monitors";
        var started = await plane.PostAsync<StartedMonitors>($"{path}/run", request, cancellationToken);
        var runs = new List<MonitorRunState>();
        foreach (var id in started.Runs) runs.Add(await plane.PollAsync<MonitorRunState>($"{path}/runs/{id}", r => r.Status != "running", cancellationToken));
        if (json) Terminal.WriteJson(new { runs });
        else foreach (var run in runs) Write(run);
        return runs.TrueForAll(r => r.Status == "completed") ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static void Write(MonitorRunState run)
    {
        Terminal.Results.WriteLine($"{run.Window}{(run.Reason is { } reason ? $": {reason}" : "")}");
        if (run.Result is not { } result) return;
        var table = new Table().Border(TableBorder.Simple).AddColumns("Monitor", "Rows", "Values", "Beyond limit", "Note");
        foreach (var outcome in result.Outcomes)
            table.AddRow(new Text(MonitorNames.NameOf(outcome.Monitor)), new Text($"{outcome.Rows:N0}"), new Text($"{outcome.Points}"), new Text($"{outcome.Breached}"), new Text(outcome.Note ?? ""));
        Terminal.Results.Write(table);
        if (result.Remeasured > 0) Terminal.Results.WriteLine($"{result.Remeasured} earlier windows were measured again: labels had come for them.");
        foreach (var alert in result.Alerts) Terminal.Results.WriteLine($"alert {alert} is open");
    }

    private static async Task<int> ShowAsync(string endpoint, string monitor, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var results = await plane.GetAsync<List<MonitorResult>>($"api/endpoints/{Uri.EscapeDataString(endpoint)}/monitors/{Uri.EscapeDataString(monitor)}", cancellationToken);
        if (json)
        {
            Terminal.WriteJson(new { results });
            return ExitCodes.Done;
        }
        foreach (var result in results)
        {
            Terminal.Results.WriteLine($"{result.Window}  {result.Rows:N0} rows, {result.Labelled:N0} labelled{(result.Note is { } note ? $": {note}" : "")}");
            foreach (var point in result.Points.Where(p => p.Subject.Contains('=', StringComparison.Ordinal) is false || p.Breached))
                Terminal.Results.WriteLine($"  {(point.Breached ? "!" : " ")} {point.Detail}");
        }
        return ExitCodes.Done;
    }

    private static async Task<int> ReportAsync(string endpoint, FileInfo? output, bool json, CancellationToken cancellationToken)
    {
        await using var plane = await ControlPlane.ConnectAsync(runWork: false, cancellationToken);
        var page = await plane.GetTextAsync($"api/endpoints/{Uri.EscapeDataString(endpoint)}/report", cancellationToken);
        var path = output?.FullName ?? Path.GetFullPath($"{endpoint}-report.html");
        await File.WriteAllTextAsync(path, page, cancellationToken);
        if (json) Terminal.WriteJson(new { path });
        else Terminal.Results.WriteLine(path);
        return ExitCodes.Done;
    }

    private static string Found(MonitorResult? last) => last switch
    {
        null => "has not run yet",
        { Note: { } note } => note,
        _ when last.Points.Any(p => p.Breached) => string.Join(" ", last.Points.Where(p => p.Breached).Select(p => p.Detail)),
        _ => "within its limits",
    };
}
