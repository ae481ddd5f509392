namespace MlOps.DurableTask.Sqlite.Tests;

public sealed class RewindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, int> _runs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    private Task<string> Step(string name)
    {
        lock (_runs)
            _runs[name] = _runs.GetValueOrDefault(name) + 1;
        return _broken.Contains(name) ? throw new IOException($"{name} is broken") : Task.FromResult(name);
    }

    private void Register(DurableTaskRegistry tasks) => tasks
        .AddActivityFunc<string, string>("step", (_, name) => Step(name))
        .AddOrchestratorFunc<object?, string>("sequence", async (context, _) =>
            await context.CallActivityAsync<string>("step", "a") + await context.CallActivityAsync<string>("step", "b"))
        .AddOrchestratorFunc<object?, string>("fan-out", async (context, _) =>
            string.Concat(await Task.WhenAll(new[] { "a", "b", "c", "d" }.Select(name => context.CallActivityAsync<string>("step", name)))))
        .AddOrchestratorFunc<object?, string>("retries", async (context, _) =>
            await context.CallActivityAsync<string>("step", "a", new TaskOptions(new RetryPolicy(3, TimeSpan.FromMilliseconds(1)))))
        .AddOrchestratorFunc<object?, string>("compensates", async (context, _) =>
        {
            try
            {
                await context.CallActivityAsync<string>("step", "a");
            }
            catch (TaskFailedException)
            {
                await context.CallActivityAsync<string>("step", "undo");
            }
            return await context.CallActivityAsync<string>("step", "b");
        })
        .AddOrchestratorFunc<object?, string>("outer", (context, _) =>
            context.CallSubOrchestratorAsync<string>("sequence", null, new SubOrchestrationOptions { InstanceId = "child" }));

    [Theory]
    [InlineData("sequence", new[] { "b" }, "ab", "a:1 b:2")]
    [InlineData("fan-out", new[] { "b", "d" }, "abcd", "a:1 b:2 c:1 d:2")]
    [InlineData("retries", new[] { "a" }, "a", "a:4")]
    [InlineData("outer", new[] { "b" }, "ab", "a:1 b:2")]
    public async Task A_rewound_instance_runs_what_failed_and_nothing_else(string orchestrator, string[] failing, string output, string expectedRuns)
    {
        await using var hub = await TestHub.StartAsync(_folder, Register);
        _broken.UnionWith(failing);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await hub.RunAsync(orchestrator, id: "one")).RuntimeStatus);

        _broken.Clear();
        await hub.Client.RewindInstanceAsync("one", "fixed");
        var run = await hub.CompletionOfAsync("one");

        Assert.Equal((OrchestrationRuntimeStatus.Completed, output), (run.RuntimeStatus, run.ReadOutputAs<string>()));
        Assert.Equal(expectedRuns, string.Join(' ', _runs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}:{r.Value}")));
    }

    [Fact]
    public async Task A_failure_that_was_handled_stays_handled()
    {
        await using var hub = await TestHub.StartAsync(_folder, Register);
        _broken.UnionWith(["a", "b"]);
        await hub.RunAsync("compensates", id: "one");

        _broken.Clear();
        await hub.Client.RewindInstanceAsync("one");
        await hub.CompletionOfAsync("one");

        Assert.Equal((1, 1, 2), (_runs["a"], _runs["undo"], _runs["b"]));
    }

    [Fact]
    public async Task A_rewound_instance_survives_a_restart()
    {
        await using (var hub = await TestHub.StartAsync(_folder, Register))
        {
            _broken.Add("b");
            await hub.RunAsync("sequence", id: "one");
        }
        _broken.Clear();
        await using (var clientOnly = await TestHub.StartAsync(_folder, Register, options => options.RunWorkItems = false))
            await clientOnly.Client.RewindInstanceAsync("one");

        await using var restarted = await TestHub.StartAsync(_folder, Register);
        var run = await restarted.CompletionOfAsync("one");

        Assert.Equal("ab", run.ReadOutputAs<string>());
        Assert.Equal((1, 2), (_runs["a"], _runs["b"]));
    }

    [Fact]
    public async Task Code_that_contradicted_its_history_is_repaired_by_restoring_it_and_rewinding()
    {
        static void Register(DurableTaskRegistry tasks, string second) => tasks
            .AddActivityFunc<object?, string>("first", (_, _) => Task.FromResult("1"))
            .AddActivityFunc<object?, string>(second, (_, _) => Task.FromResult("2"))
            .AddOrchestratorFunc<object?, string>("flow", async (context, _) =>
            {
                var first = await context.CallActivityAsync<string>("first");
                var word = context.WaitForExternalEvent<string>("word");
                return first + await context.CallActivityAsync<string>(second) + await word;
            });
        await using (var hub = await TestHub.StartAsync(_folder, tasks => Register(tasks, "second")))
        {
            await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", null, new() { InstanceId = "one" });
            await hub.UntilAsync("one", i => i.IsRunning && hub.Client.GetHistoryAsync("one").Result.Count(e => e.TaskCompleted is not null) == 2);
        }
        await using (var changed = await TestHub.StartAsync(_folder, tasks => Register(tasks, "other")))
        {
            await changed.Client.RaiseEventAsync("one", "word", "!");
            var failed = await changed.CompletionOfAsync("one");
            Assert.Contains("history has activity 'second' (#1), the code now calls activity 'other' (#1)", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        }

        await using var restored = await TestHub.StartAsync(_folder, tasks => Register(tasks, "second"));
        await restored.Client.RewindInstanceAsync("one");
        var run = await restored.CompletionOfAsync("one");

        Assert.Equal("12!", run.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Only_failed_instances_can_be_rewound()
    {
        await using var hub = await TestHub.StartAsync(_folder, Register);
        await hub.RunAsync("sequence", id: "one");

        await Assert.ThrowsAsync<OrchestrationStateException>(() => hub.Client.RewindInstanceAsync("one"));
        await Assert.ThrowsAsync<OrchestrationNotFoundException>(() => hub.Client.RewindInstanceAsync("two"));
    }
}
