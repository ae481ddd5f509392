using MlOps.Core.Runs;
using MlOps.Functions.Api;

namespace MlOps.Cli.Following;

/// <summary>A run as lines, for logs and pipes: one when a step starts, one when it ends, one for each trial.</summary>
internal sealed class RunLog
{
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);

    public void Show(RunDetails run)
    {
        foreach (var step in run.Steps)
        {
            if (_shown.Add($"{step.Step} started")) Write($"{step.Step,-9} …");
            if (step.Step is RunSteps.Search) ShowTrials(run);
            if (step.Status is StepStatus.Running || !_shown.Add($"{step.Step} {step.Status}")) continue;
            Write($"{step.Step,-9} {Mark(step.Status)} {run.Durations[step.Step],6:0.0} s  {step.Message}");
        }
    }

    private void ShowTrials(RunDetails run)
    {
        foreach (var trial in run.Trials.Where(t => t.Status is not StepStatus.Running && _shown.Add($"trial {t.Trial}")))
            Write($"  trial {trial.Trial,2} {Mark(trial.Status)} {trial.Seconds,6:0.0} s  {trial.Error ?? $"{trial.Score:0.####}"}  {string.Join(' ', trial.Parameters.Select(p => $"{p.Key}={p.Value}"))}");
    }

    private static string Mark(StepStatus status) => status switch
    {
        StepStatus.Done => "done   ",
        StepStatus.Skipped => "skipped",
        _ => "failed ",
    };

    private static void Write(string line) => Console.Error.WriteLine(line);
}
