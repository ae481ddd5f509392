using Microsoft.Extensions.Options;
using MlOps.Pipelines.Training;

namespace MlOps.Pipelines.Tests.Training;

/// <summary>Programs of one's own, here shell scripts: how they are started, followed, and what becomes of their failures.</summary>
public sealed class CommandTrainerTests : IDisposable
{
    private readonly string _workflows = Directory.CreateTempSubdirectory("mlops-pipelines-").FullName;

    public CommandTrainerTests() => Directory.CreateDirectory(Path.Combine(_workflows, "flights"));

    public void Dispose() => Directory.Delete(_workflows, recursive: true);

    [Fact]
    public async Task A_program_starts_in_its_pipelines_folder_with_the_contracts_arguments()
    {
        Script("train.sh", """echo "$PWD $*" > "$7/started" """);
        var (end, _) = await RunAsync("sh", "train.sh", "--fast");
        Assert.Null(end.Error);
        Assert.EndsWith($"/flights --fast --spec spec.json --data data --out {_workflows}", File.ReadAllText(Path.Combine(_workflows, "started")).Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rounds_are_followed_and_other_lines_are_let_pass()
    {
        Script("train.sh", """
            echo 'Epoch 1'
            echo '{"event":"round","round":1,"rounds":4,"metric":"auc","value":0.6}'
            echo '[1, 2]'
            echo '{"event":"round","round":4,"rounds":4,"metric":"auc","value":0.7}'
            """);
        var (end, progress) = await RunAsync("sh", "train.sh");
        Assert.Null(end.Error);
        Assert.Equal([new(0.25, 0.6), new(1, 0.7)], progress);
    }

    [Fact]
    public async Task A_failure_keeps_the_exit_code_and_the_last_lines()
    {
        Script("train.sh", "for i in $(seq 1 30); do echo \"line $i\" >&2; done; exit 3");
        var (end, _) = await RunAsync("sh", "train.sh");
        Assert.StartsWith("The trainer ended with exit code 3: line 11\n", end.Error, StringComparison.Ordinal);
        Assert.EndsWith("line 30", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_failed_trial_and_says_so()
    {
        var (end, _) = await RunAsync("no-such-program");
        Assert.StartsWith("The trainer 'no-such-program' could not be started in '", end.Error, StringComparison.Ordinal);
    }

    private async Task<(TrainerEnd End, List<TrainerProgress> Progress)> RunAsync(params string[] command)
    {
        var trainer = new TrainerProcess(Options.Create(new PipelineOptions { WorkflowsFolder = _workflows }), TimeProvider.System);
        var progress = new List<TrainerProgress>();
        var end = await trainer.RunAsync(
            new("spec.json", "data", _workflows, TimeSpan.FromMinutes(1)) { Command = command, Pipeline = "flights" },
            p => { progress.Add(p); return Task.CompletedTask; },
            CancellationToken.None);
        return (end, progress);
    }

    private void Script(string name, string text) => File.WriteAllText(Path.Combine(_workflows, "flights", name), text + "\n");
}
