using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Cli.Replay;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Data.Native;
using MlOps.Data.Replay;
using MlOps.Data.Sandbox;
using MlOps.Functions.Hosting;
using MlOps.Storage;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops replay</c>: what a pipeline's monitors and triggers would have done with the past.</summary>
internal static class ReplayCommand
{
    private const int MostRows = 100_000;

    public static Command Create()
    {
        var pipeline = CommandLine.PipelineArgument();
        var from = Day("--from", "First day that is predicted: 2001-03-01. What lies before trains the first model. Default: where the data of the pipeline's example run ends.");
        var to = Day("--to", "Last day. Default: the last one that there is.");
        var rows = new Option<int>("--rows") { Description = "Most rows of a day that are predicted; the same ones each time.", DefaultValueFactory = _ => 1000 };
        rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostRows) result.AddError($"--rows is {result.GetValueOrDefault<int>()}: it must be between 1 and {MostRows}.");
        });
        var gate = new Option<string?>("--gate") { Description = "What a candidate must meet to replace the champion, beside the pipeline's own gates. Default: be better by the search's metric with 95% confidence." };
        var output = new Option<DirectoryInfo?>("--out") { Description = "Folder for the replay's home and results; new or empty. Default: replays/<pipeline> in the home." };
        var chart = new Option<FileInfo?>("--chart") { Description = "SVG file for the chart. Default: chart.svg in the folder." };
        var json = CommandLine.JsonOption();
        var command = new Command("replay", CommandLine.WithExamples(
            "Replay the past of a pipeline's example data, day by day, in a home of its own: predict, label a day later, watch, retrain when alerts say so, and compare with never retraining.",
            "mlops replay flight-delay",
            "mlops replay flight-delay --from 2001-03-01 --to 2001-03-14 --rows 500 --out /tmp/replay --json"))
        {
            pipeline, from, to, rows, gate, output, chart, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(pipeline);
            var folder = parsed.GetValue(output)?.FullName ?? Path.Combine(Installation.Home.Path, "replays", name);
            var plan = new ReplayPlan
            {
                Pipeline = name,
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Rows = parsed.GetValue(rows),
                Gate = parsed.GetValue(gate),
                Folder = folder,
                Chart = parsed.GetValue(chart)?.FullName ?? Path.Combine(folder, "chart.svg"),
            };
            return ReplayAsync(plan, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ReplayAsync(ReplayPlan plan, bool json, CancellationToken cancellationToken)
    {
        // A replay trains, releases and logs as if the past were now: never where the present is kept.
        if (StorageConfiguration.IsInAzure(new ConfigurationBuilder().AddEnvironmentVariables().Build()))
            throw CommandException.BadInput("The storage is set to Azure (Storage__… in the environment). A replay keeps all it does in a folder; unset that.");
        if (Directory.Exists(plan.Folder) && Directory.EnumerateFileSystemEntries(plan.Folder).Any())
            throw CommandException.BadInput($"{plan.Folder} is not empty. A replay starts from nothing: remove it, or give another --out.");

        var (home, repository) = (new HomeFolder(Path.Combine(plan.Folder, "home")), Path.Combine(plan.Folder, "repository"));
        var (spec, history, from, to) = Prepare(plan, repository, cancellationToken);
        using var past = history;
        await using var plane = await ControlPlane.HostAloneAsync(home, repository, cancellationToken);
        var report = await new ReplayRun(plan, spec, new ReplaySession(plane, spec), past, home.Path).RunAsync(from, to, cancellationToken);
        await ReplayFiles.WriteAsync(report, plan, cancellationToken);
        if (json) Terminal.WriteJson(new { report.Pipeline, report.Metric, report.Summary, plan.Folder, plan.Chart, report.Days });
        else Write(report, plan);
        return ExitCodes.Done;
    }

    /// <summary>All that may be wrong with what was asked for is wrong here, before anything starts.</summary>
    private static (PipelineSpec Spec, DailyHistory History, DateOnly From, DateOnly To) Prepare(ReplayPlan plan, string repository, CancellationToken cancellationToken)
    {
        try
        {
            var spec = ReplayWorkflow.Copy(Installation.Repository, repository, plan);
            var history = Open(plan, spec, cancellationToken);
            var (from, to) = SpanOf(plan, spec, history, cancellationToken);
            return (spec, history, from, to);
        }
        catch (Exception error) when (error is PipelineSpecException or ExpressionException or DuckDbException)
        {
            throw CommandException.BadInput(error.Message);
        }
    }

    private static DailyHistory Open(ReplayPlan plan, PipelineSpec spec, CancellationToken cancellationToken)
    {
        var source = Path.Combine(Installation.Repository, "node_modules", spec.Example!.Source);
        return File.Exists(source)
            ? new DailyHistory(source, plan.Folder, spec.Data, spec.Features.Label, ReplayWorkflow.TimeOf(spec)!, cancellationToken)
            : throw CommandException.BadInput($"The example data of '{plan.Pipeline}' is missing: {source}. Run 'npm ci --ignore-scripts'.");
    }

    private static (DateOnly From, DateOnly To) SpanOf(ReplayPlan plan, PipelineSpec spec, DailyHistory history, CancellationToken cancellationToken)
    {
        var (first, last) = history.Span(cancellationToken);
        var from = plan.From ?? history.StartOfRest(spec.Example!, cancellationToken)
            ?? throw CommandException.BadInput("The pipeline's example run takes all the data there is: say with --from where the replay begins.");
        var to = plan.To ?? last;
        if (from <= first || from > last) throw CommandException.BadInput($"--from is {from:yyyy-MM-dd}: it must be after {first:yyyy-MM-dd}, so that there is something to train on, and at most {last:yyyy-MM-dd}.");
        if (to < from || to > last) throw CommandException.BadInput($"--to is {to:yyyy-MM-dd}: it must be between {from:yyyy-MM-dd} and {last:yyyy-MM-dd}.");
        return (from, to);
    }

    private static void Write(ReplayReport report, ReplayPlan plan)
    {
        var summary = report.Summary;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        grid.AddRow(new Text("days"), new Text($"{report.Days.Count}, {summary.From:yyyy-MM-dd} to {summary.To:yyyy-MM-dd}; {summary.Rows:N0} rows"));
        grid.AddRow(new Text("retrained"), new Text($"{summary.Retrainings} times; the champion was replaced {summary.Replacements} times"));
        grid.AddRow(new Text("all days"), new Text(InWords(report.Metric, summary.AllDays)));
        if (summary.AfterFirstReplacement is { } after) grid.AddRow(new Text("since then"), new Text(InWords(report.Metric, after)));
        grid.AddRow(new Text("took"), new Text(string.Create(CultureInfo.InvariantCulture, $"{summary.Seconds:0} s")));
        grid.AddRow(new Text("chart"), new Text(plan.Chart));
        grid.AddRow(new Text("results"), new Text(Path.Combine(plan.Folder, "replay.json")));
        Terminal.Results.Write(grid);
    }

    private static string InWords(string metric, ReplayGain gain) => string.Create(
        CultureInfo.InvariantCulture,
        $"{metric} {gain.With:0.0000} with, {gain.Without:0.0000} without retraining: {gain.Difference:+0.0000;-0.0000;0} ({gain.Interval.Low:+0.0000;-0.0000;0} to {gain.Interval.High:+0.0000;-0.0000;0}) a day over {gain.Days} days");

    private static Option<DateOnly?> Day(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
            result.AddError($"{name} is '{result.Tokens[0].Value}': write a day as 2001-03-01.");
            return null;
        },
    };
}
