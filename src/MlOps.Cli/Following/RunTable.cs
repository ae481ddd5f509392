using MlOps.Core.Runs;
using MlOps.Functions.Api;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MlOps.Cli.Following;

/// <summary>A run as a table that changes while it goes on.</summary>
internal static class RunTable
{
    public static IRenderable Render(RunDetails run)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Step", "", "Time", "");
        foreach (var name in RunSteps.All)
        {
            var step = run.Steps.FirstOrDefault(s => s.Step == name);
            table.AddRow(
                new Markup(step is null ? $"[grey]{name}[/]" : name),
                new Markup(Mark(step?.Status)),
                new Text(step is null ? "" : $"{run.Durations[name]:0.0} s"),
                new Text(step?.Message ?? ""));
            if (name is RunSteps.Search) AddTrials(table, run);
        }

        table.Caption($"{run.Run} · {run.Durations["total"]:0.0} s");
        return table;
    }

    private static void AddTrials(Table table, RunDetails run)
    {
        foreach (var trial in run.Trials)
        {
            table.AddRow(
                new Markup($"[grey]  trial {trial.Trial}[/]"),
                new Markup(Mark(trial.Status)),
                new Text(trial.Seconds is { } seconds ? $"{seconds:0.0} s" : $"{trial.Progress:0 %}"),
                new Text($"{(trial.Score is { } score ? $"{score:0.0000}  " : "")}{trial.Error ?? string.Join(' ', trial.Parameters.Select(p => $"{p.Key}={p.Value}"))}"));
        }
    }

    private static string Mark(StepStatus? status) => status switch
    {
        null => "",
        StepStatus.Running => "[yellow]…[/]",
        StepStatus.Done => "[green]✓[/]",
        StepStatus.Skipped => "[grey]–[/]",
        _ => "[red]✗[/]",
    };
}
