using Microsoft.Extensions.Options;
using MlOps.Pipelines.Training;

namespace MlOps.Pipelines.Tests.Training;

public sealed class TrainerProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Progress_is_told_and_other_lines_are_passed_over()
    {
        var progress = new List<TrainerProgress>();
        var end = await RunAsync(
            TimeSpan.FromMinutes(2), progress, "out hello", """out {"event":"round","round":1,"rounds":4,"value":0.5}""", "out {\"event\":", "out [1]", """out {"event":"round","round":4,"rounds":4}""");
        Assert.Null(end.Error);
        Assert.Equal([new(0.25, 0.5), new(1, null)], progress);
    }

    [Fact]
    public async Task A_trainer_that_fails_is_told_with_its_exit_code_and_its_last_lines()
    {
        var end = await RunAsync(TimeSpan.FromMinutes(2), [], [.. Enumerable.Range(1, 25).Select(n => $"err line {n}."), "exit 7"]);
        Assert.Contains("exit code 7", end.Error, StringComparison.Ordinal);
        Assert.Contains("line 25.", end.Error, StringComparison.Ordinal);
        Assert.Contains("line 6.", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("line 5.", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_hangs_is_stopped_after_its_time_and_the_key_to_raise_is_named()
    {
        var end = await RunAsync(TimeSpan.FromMilliseconds(500), [], "out started", "hang");
        Assert.Contains("training.timeout", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_is_no_failure_of_the_trainer()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            TimeSpan.FromMinutes(2),
            _ => stop.CancelAsync(),
            stop.Token,
            """out {"event":"round","round":1,"rounds":4}""",
            "hang"));
    }

    private Task<TrainerEnd> RunAsync(TimeSpan timeout, List<TrainerProgress> progress, params string[] script) =>
        RunAsync(timeout, p => { progress.Add(p); return Task.CompletedTask; }, CancellationToken.None, script);

    private async Task<TrainerEnd> RunAsync(TimeSpan timeout, Func<TrainerProgress, Task> onProgress, CancellationToken cancellationToken, params string[] script)
    {
        await File.WriteAllLinesAsync(_folder["spec"], script, CancellationToken.None);
        var options = Options.Create(new PipelineOptions { TrainerPath = Path.Combine(AppContext.BaseDirectory, "MlOps.Pipelines.ScriptedTrainer.dll") });
        return await new TrainerProcess(options, TimeProvider.System).RunAsync(new(_folder["spec"], _folder.Path, _folder.Path, timeout) { Pipeline = "shop" }, onProgress, cancellationToken);
    }
}
