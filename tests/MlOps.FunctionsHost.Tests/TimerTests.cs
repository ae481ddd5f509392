using System.Diagnostics;
using MlOps.FunctionsHost.Publishing;

namespace MlOps.FunctionsHost.Tests;

/// <summary>Schedules of pipelines and of their monitors, as timers of the platform.</summary>
[Collection(PublishedControlPlaneGroup.Name)]
public sealed class TimerTests(PublishedControlPlane published) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_schedule_has_a_timer_and_each_of_its_times_starts_one_run()
    {
        Write("""
            triggers: { schedule: "0 0 * * * *" }
            monitors: { schedule: "0 30 * * * *", drift: {}, quality: { schedule: "0 0 4 * * *" } }
            """);
        await using var deployment = await Deployment.StartAsync(await WriteFunctionsAsync(), new HostOptions { DeliverTwice = true }, Pipelines());
        Assert.Equal(
            ["Monitors_penguins 0 0 4 * * *", "Monitors_penguins_2 0 30 * * * *", "Schedule_penguins 0 0 * * * *"],
            deployment.Host.App.Functions.Where(f => f.TriggerType is "timerTrigger" && f.Name is not "Sweep").Select(f => $"{f.Name} {f.Trigger["schedule"]}").Order(StringComparer.Ordinal));

        foreach (var timer in (string[])["Schedule_penguins", "Monitors_penguins", "Monitors_penguins_2", "Sweep"]) await deployment.Host.FireAsync(timer, CancellationToken.None);
        // Nothing was ever dropped: the run says so, and what it is about is the one thing that matters here.
        var run = await deployment.RunAsync("penguins", "failed");
        Assert.Equal("schedule", run.GetProperty("trigger").GetString());
        Assert.Equal(1, (await deployment.SendAsync(HttpMethod.Get, "/api/runs")).Body.GetProperty("items").GetArrayLength());
        deployment.Host.Durable.ThrowIfFaulted();
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_published()
    {
        Write("triggers: { schedul: \"0 0 3 * * MON\" }");
        var (code, errors) = await RunAsync();
        Assert.Equal(2, code);
        Assert.Contains("'schedul'", errors, StringComparison.Ordinal);
        Assert.Contains("pipeline.yaml", errors, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Pipelines() => new(StringComparer.Ordinal) { ["Pipelines__WorkflowsFolder"] = Path.Combine(_folder.Path, "workflows") };

    private void Write(string extra)
    {
        var pipeline = Directory.CreateDirectory(Path.Combine(_folder.Path, "workflows", "penguins")).FullName;
        var text = File.ReadAllText(Path.Combine(Repository.Root, "workflows", "penguins", "pipeline.yaml"));
        File.WriteAllText(Path.Combine(pipeline, "pipeline.yaml"), text + "\n" + extra);
    }

    /// <summary>The published application with other pipelines.</summary>
    private async Task<PublishedApp> WriteFunctionsAsync()
    {
        foreach (var file in new DirectoryInfo(published.App.Folder).EnumerateFileSystemInfos().Where(f => f.Name is not "workflows" && !File.Exists(Path.Combine(f.FullName, "function.json"))))
            File.CreateSymbolicLink(Path.Combine(_folder.Path, file.Name), file.FullName);
        var (code, errors) = await RunAsync();
        Assert.True(code is 0, errors);
        return PublishedApp.Read(_folder.Path);
    }

    private async Task<(int Code, string Errors)> RunAsync()
    {
        var start = new ProcessStartInfo(published.App.Executable) { RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["functions", "--out", _folder.Path]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, errors);
    }
}
