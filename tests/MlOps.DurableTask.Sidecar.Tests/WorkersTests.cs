
namespace MlOps.DurableTask.Sidecar.Tests;

/// <summary>Workers in other processes come, go, die and disagree; the task hub's work goes on.</summary>
public class WorkersTests
{
    [Fact]
    public async Task What_a_killed_worker_held_is_taken_over_by_another()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        using var dying = await NodeProcess.StartWorkerAsync(host.Address, "slow");
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("holding");
        await dying.LineAsync($"holding {id}");

        using var successor = await NodeProcess.StartWorkerAsync(host.Address);
        dying.Kill();

        var run = await host.CompletionOfAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, run.RuntimeStatus);
        Assert.StartsWith("holding", await successor.LineAsync($"holding {id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_in_flight_survive_workers_that_are_killed_again_and_again()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        using var steady = await NodeProcess.StartWorkerAsync(host.Address);
        var ids = new List<string>();
        for (var kill = 0; kill < 3; kill++)
        {
            using var dying = await NodeProcess.StartWorkerAsync(host.Address);
            for (var i = 0; i < 50; i++)
                ids.Add(await host.Client.ScheduleNewOrchestrationInstanceAsync("twoSteps", ids.Count));
            dying.Kill();
        }

        for (var i = 0; i < ids.Count; i++)
            Assert.Equal(i + 2, (await host.CompletionOfAsync(ids[i])).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Work_waits_for_a_worker_and_survives_a_restart_of_the_hub()
    {
        using var folder = new TemporaryFolder();
        string id;
        await using (var host = await SidecarHost.StartAsync(folder))
            id = await host.Client.ScheduleNewOrchestrationInstanceAsync("sequence", 1);

        await using var restarted = await SidecarHost.StartAsync(folder);
        using var worker = await NodeProcess.StartWorkerAsync(restarted.Address);
        Assert.Equal(6, (await restarted.CompletionOfAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_worker_stays_when_the_server_restarts_on_its_port()
    {
        using var folder = new TemporaryFolder();
        NodeProcess worker;
        int port;
        await using (var host = await SidecarHost.StartAsync(folder, configure: sidecar => sidecar.Port = QuietPort.Find()))
        {
            port = new Uri($"http://{host.Address}").Port;
            worker = await NodeProcess.StartWorkerAsync(host.Address);
        }
        using (worker)
        {
            await using var restarted = await SidecarHost.StartAsync(folder, configure: sidecar => sidecar.Port = port);
            var id = await restarted.Client.ScheduleNewOrchestrationInstanceAsync("sequence", 1);
            Assert.Equal(6, (await restarted.CompletionOfAsync(id)).ReadOutputAs<int>());
        }
    }

    [Fact]
    public async Task An_orchestrator_in_csharp_calls_an_activity_in_javascript()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder, tasks => tasks
            .AddOrchestratorFunc<string, string>("Welcome", async (context, name) =>
            {
                var shout = await context.CallActivityAsync<string>("Shout", await context.CallActivityAsync<string>("greet", name));
                try
                {
                    await context.CallActivityAsync<int>("flaky", 1000);
                }
                catch (TaskFailedException e)
                {
                    return $"{shout} {e.FailureDetails.ErrorMessage}";
                }
                return shout;
            })
            .AddActivityFunc<string, string>("Shout", (_, text) => Task.FromResult(text.ToUpperInvariant())));
        using var worker = await NodeProcess.StartWorkerAsync(host.Address);

        var run = await host.CompletionOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("Welcome", "Ada"));
        Assert.Equal("HELLO, ADA! attempt 1 of 100%: ünlucky", run.ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_instance_that_no_worker_serves_can_be_terminated()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        using var worker = await NodeProcess.StartWorkerAsync(host.Address);
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("approval");
        await host.Client.WaitForInstanceStartAsync(id);
        worker.Kill();

        await host.Client.TerminateInstanceAsync(id, "enough");

        var run = await host.CompletionOfAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, run.RuntimeStatus);
        Assert.Equal("enough", run.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_turn_that_waits_for_a_worker_does_not_keep_an_instance_from_its_end()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("NobodyServesThis");

        await host.Client.TerminateInstanceAsync(id, "enough");

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.CompletionOfAsync(id)).RuntimeStatus);
        var history = await host.Client.GetHistoryAsync(id);
        Assert.Single(history, happened => happened.ExecutionStarted is not null);
    }

    [Fact]
    public async Task What_a_worker_gives_back_goes_to_one_that_can_run_it()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        // It serves version 2 only, and abandons the rest.
        using var picky = await NodeProcess.StartWorkerAsync(host.Address, "reject");
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("sequence", 1, new() { Version = "1" });
        await picky.LineAsync("abandoned");

        using var tolerant = await NodeProcess.StartWorkerAsync(host.Address);
        Assert.Equal(6, (await host.CompletionOfAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_worker_with_filters_gets_only_what_it_serves()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        using var worker = await NodeProcess.StartWorkerAsync(host.Address, "filtered");
        var unserved = await host.Client.ScheduleNewOrchestrationInstanceAsync("SomebodyElses");
        var served = await host.Client.ScheduleNewOrchestrationInstanceAsync("sequence", 1);

        Assert.Equal(6, (await host.CompletionOfAsync(served)).ReadOutputAs<int>());
        // Without the filter the worker would have failed it.
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(unserved))!.RuntimeStatus);
    }

    [Fact]
    public async Task An_output_above_the_limit_fails_the_instance_and_says_why()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder, maxPayloadBytes: 100_000);
        using var worker = await NodeProcess.StartWorkerAsync(host.Address);

        var run = await host.CompletionOfAsync(await host.Client.ScheduleNewOrchestrationInstanceAsync("large", "text"));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, run.RuntimeStatus);
        Assert.Contains("The result of activity 'repeat' is 3145730 bytes; the task hub accepts 100000", run.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
