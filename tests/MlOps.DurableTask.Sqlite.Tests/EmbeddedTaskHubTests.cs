namespace MlOps.DurableTask.Sqlite.Tests;

public sealed class EmbeddedTaskHubTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sequence_of_activities_gives_its_result()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("sum", async (context, n) =>
            {
                var sum = 0;
                for (var i = 1; i <= n; i++)
                    sum = await context.CallActivityAsync<int>("add", new[] { sum, i });
                return sum;
            })
            .AddActivityFunc<int[], int>("add", (_, numbers) => Task.FromResult(numbers.Sum())));

        var run = await hub.RunAsync("sum", 5);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, run.RuntimeStatus);
        Assert.Equal(15, run.ReadOutputAs<int>());
        Assert.Equal(5, run.ReadInputAs<int>());
    }

    [Fact]
    public async Task A_fan_out_runs_every_branch_once_and_joins_in_order()
    {
        var calls = 0;
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int[]>("squares", (context, n) =>
                Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("square", i))))
            .AddActivityFunc<int, int>("square", (_, i) =>
            {
                Interlocked.Increment(ref calls);
                return Task.FromResult(i * i);
            }));

        var run = await hub.RunAsync("squares", 200);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i * i), run.ReadOutputAs<int[]>());
        Assert.Equal(200, calls);
    }

    [Fact]
    public async Task A_failed_activity_carries_type_message_and_inner_failure()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, string>("fails", async (context, _) =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("throw"));
                Assert.True(failed.FailureDetails.IsCausedBy<IOException>());
                return $"{failed.TaskName}|{failed.FailureDetails.ErrorType}|{failed.FailureDetails.ErrorMessage}|{failed.FailureDetails.InnerFailure?.ErrorMessage}";
            })
            .AddActivityFunc<object?>("throw", (_, _) => throw new FileNotFoundException("no such file", new FormatException("bad name"))));

        var run = await hub.RunAsync("fails");

        Assert.Equal("throw|System.IO.FileNotFoundException|no such file|bad name", run.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_failed_orchestration_says_why()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?>("fails", (context, _) => context.CallActivityAsync("throw"))
            .AddActivityFunc<object?>("throw", (_, _) => throw new InvalidOperationException("out of order")));

        var run = await hub.RunAsync("fails");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, run.RuntimeStatus);
        Assert.Equal(typeof(TaskFailedException).FullName, run.FailureDetails!.ErrorType);
        Assert.Equal("out of order", run.FailureDetails.InnerFailure!.ErrorMessage);
    }

    [Fact]
    public async Task Retries_go_on_until_the_activity_succeeds()
    {
        var attempts = 0;
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, int>("retries", (context, _) =>
                context.CallActivityAsync<int>("flaky", options: new(new RetryPolicy(5, TimeSpan.FromMilliseconds(1)))))
            .AddActivityFunc<object?, int>("flaky", (_, _) =>
                Interlocked.Increment(ref attempts) < 3 ? throw new IOException("busy") : Task.FromResult(attempts)));

        var run = await hub.RunAsync("retries");

        Assert.Equal(3, run.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_non_retriable_failure_is_final()
    {
        var attempts = 0;
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, int>("retries", (context, _) =>
                context.CallActivityAsync<int>("wrong", options: new(new RetryPolicy(5, TimeSpan.FromMilliseconds(1)))))
            .AddActivityFunc<object?, int>("wrong", (_, _) =>
            {
                Interlocked.Increment(ref attempts);
                throw new NonRetriableTaskException("no such column");
            }));

        var run = await hub.RunAsync("retries");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, run.RuntimeStatus);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Events_are_matched_ignoring_case_and_first_in_first_out()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, int[]>("listens", async (context, _) =>
            {
                await context.WaitForExternalEvent<object?>("start");
                return [await context.WaitForExternalEvent<int>("Number"), await context.WaitForExternalEvent<int>("nUMBER")];
            }));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync("listens");

        await hub.Client.RaiseEventAsync(id, "number", 1);
        await hub.Client.RaiseEventAsync(id, "NUMBER", 2);
        await hub.Client.RaiseEventAsync(id, "start");
        var run = await hub.CompletionOfAsync(id);

        Assert.Equal(new[] { 1, 2 }, run.ReadOutputAs<int[]>());
    }

    [Fact]
    public async Task Waiting_for_an_event_ends_with_the_timeout()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, string>("listens", async (context, _) =>
            {
                try
                {
                    return await context.WaitForExternalEvent<string>("never", TimeSpan.FromMilliseconds(20));
                }
                catch (TaskCanceledException)
                {
                    return "timed out";
                }
            }));

        var run = await hub.RunAsync("listens");

        Assert.Equal("timed out", run.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_sub_orchestration_gives_its_result_and_knows_its_parent()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, string>("outer", (context, _) =>
                context.CallSubOrchestratorAsync<string>("inner", "x", new SubOrchestrationOptions { InstanceId = "child" }))
            .AddOrchestratorFunc<string, string>("inner", (context, input) => Task.FromResult($"{input} of {context.Parent!.InstanceId}")));

        var run = await hub.RunAsync("outer", id: "parent");

        Assert.Equal("x of parent", run.ReadOutputAs<string>());
        Assert.Equal("parent", (await hub.Client.GetInstanceAsync("child"))!.ParentInstanceId);
    }

    [Fact]
    public async Task Continue_as_new_starts_over_and_keeps_unprocessed_events()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int[], int[]>("collects", async (context, seen) =>
            {
                int[] now = [.. seen, await context.WaitForExternalEvent<int>("number")];
                if (now.Length < 20)
                    context.ContinueAsNew(now);
                return now;
            }));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync("collects", Array.Empty<int>());

        for (var i = 0; i < 20; i++)
            await hub.Client.RaiseEventAsync(id, "number", i);
        var run = await hub.CompletionOfAsync(id);

        Assert.Equal(Enumerable.Range(0, 20), run.ReadOutputAs<int[]>());
    }

    [Fact]
    public async Task A_start_with_an_id_in_use_fails_or_is_ignored_as_asked()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("waits", (context, input) => context.WaitForExternalEvent<int>("go")));
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("waits", 1, new() { InstanceId = "one" });

        var taken = await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() =>
            hub.Client.ScheduleNewOrchestrationInstanceAsync("waits", 2, new() { InstanceId = "one" }));
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("waits", 3, new() { InstanceId = "one", IdReuse = InstanceIdReuse.IgnoreIfExists });

        Assert.Equal("one", taken.InstanceId);
        Assert.Equal(1, (await hub.Client.GetInstanceAsync("one", getInputsAndOutputs: true))!.ReadInputAs<int>());
    }

    [Fact]
    public async Task A_finished_instance_gives_way_to_a_new_one_of_its_id()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("echo", (_, input) => Task.FromResult(input)));

        await hub.RunAsync("echo", 1, "one");
        var second = await hub.RunAsync("echo", 2, "one");

        Assert.Equal(2, second.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_stopped_hub_goes_on_where_it_was_without_repeating_activities()
    {
        var runs = 0;
        void Register(DurableTaskRegistry tasks) => tasks
            .AddOrchestratorFunc<object?, string>("waits", async (context, _) =>
            {
                var first = await context.CallActivityAsync<int>("count");
                var word = await context.WaitForExternalEvent<string>("word");
                return $"{first} {word}";
            })
            .AddActivityFunc<object?, int>("count", (_, _) => Task.FromResult(Interlocked.Increment(ref runs)));
        await using (var hub = await TestHub.StartAsync(_folder, Register))
        {
            await hub.Client.ScheduleNewOrchestrationInstanceAsync("waits", null, new() { InstanceId = "one" });
            await hub.UntilAsync("one", instance => instance.IsRunning && runs == 1);
        }

        await using var restarted = await TestHub.StartAsync(_folder, Register);
        await restarted.Client.RaiseEventAsync("one", "word", "done");
        var run = await restarted.CompletionOfAsync("one");

        Assert.Equal("1 done", run.ReadOutputAs<string>());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Suspended_instances_keep_their_events_until_they_are_resumed()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, int>("waits", (context, _) => context.WaitForExternalEvent<int>("number")));
        var id = await hub.Client.ScheduleNewOrchestrationInstanceAsync("waits");

        await hub.Client.SuspendInstanceAsync(id);
        await hub.Client.RaiseEventAsync(id, "number", 7);
        await hub.UntilAsync(id, instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await hub.Client.ResumeInstanceAsync(id);
        var run = await hub.CompletionOfAsync(id);

        Assert.Equal(7, run.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Terminating_ends_an_instance_its_children_and_their_activities()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?>("outer", (context, _) =>
                context.CallSubOrchestratorAsync("inner", null, new SubOrchestrationOptions { InstanceId = "child" }))
            .AddOrchestratorFunc<object?>("inner", (context, _) => context.CallActivityAsync("long"))
            .AddActivityFunc<object?>("long", async (context, _) =>
            {
                begun.SetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                finally
                {
                    cancelled.SetResult();
                }
            }));
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("outer", null, new() { InstanceId = "parent" });
        await begun.Task.WaitAsync(TestHub.Patience);

        await hub.Client.TerminateInstanceAsync("parent", "enough");

        var parent = await hub.CompletionOfAsync("parent");
        var child = await hub.CompletionOfAsync("child");
        await cancelled.Task.WaitAsync(TestHub.Patience);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, OrchestrationRuntimeStatus.Terminated), (parent.RuntimeStatus, child.RuntimeStatus));
        Assert.Equal("enough", parent.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_second_hub_on_the_same_file_is_refused_and_told_who_has_it()
    {
        await using var hub = await TestHub.StartAsync(_folder, _ => { });

        var refused = await Assert.ThrowsAsync<TaskHubInUseException>(() => TestHub.StartAsync(_folder, _ => { }));

        Assert.Contains($"process {Environment.ProcessId} ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_runs_no_work_items_enqueues_for_a_later_one()
    {
        void Register(DurableTaskRegistry tasks) => tasks.AddOrchestratorFunc<int, int>("waits", async (context, n) => n + await context.WaitForExternalEvent<int>("number"));
        await using (var clientOnly = await TestHub.StartAsync(_folder, Register, options => options.RunWorkItems = false))
        {
            await clientOnly.Client.ScheduleNewOrchestrationInstanceAsync("waits", 1, new() { InstanceId = "one" });
            await clientOnly.Client.RaiseEventAsync("one", "number", 41);
            Assert.Equal(OrchestrationRuntimeStatus.Pending, (await clientOnly.Client.GetInstanceAsync("one"))!.RuntimeStatus);
        }

        await using var hub = await TestHub.StartAsync(_folder, Register);
        var run = await hub.CompletionOfAsync("one");

        Assert.Equal(42, run.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_scheduled_start_waits_for_its_time_over_a_restart()
    {
        void Register(DurableTaskRegistry tasks) => tasks.AddOrchestratorFunc<int, int>("echo", (_, n) => Task.FromResult(n));
        var startAt = DateTimeOffset.UtcNow.AddMilliseconds(300);
        await using (var hub = await TestHub.StartAsync(_folder, Register))
            await hub.Client.ScheduleNewOrchestrationInstanceAsync("echo", 1, new() { InstanceId = "one", StartAt = startAt });

        await using var restarted = await TestHub.StartAsync(_folder, Register);
        var run = await restarted.CompletionOfAsync("one");

        Assert.True(run.LastUpdatedAt >= startAt, $"started at {run.LastUpdatedAt:O}, before {startAt:O}");
    }

    [Fact]
    public async Task Queries_page_through_what_they_find()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("echo", (_, n) => Task.FromResult(n))
            .AddOrchestratorFunc<int, int>("fails", (_, _) => throw new InvalidOperationException("no")));
        for (var i = 0; i < 25; i++)
        {
            await hub.Client.ScheduleNewOrchestrationInstanceAsync(i % 5 == 0 ? "fails" : "echo", i, new()
            {
                InstanceId = $"run-{i:00}",
                Tags = new Dictionary<string, string> { ["even"] = i % 2 == 0 ? "yes" : "no" },
            });
            await hub.CompletionOfAsync($"run-{i:00}");
        }
        async Task<string[]> Find(OrchestrationQuery query) =>
            await hub.Client.GetAllInstancesAsync(query with { PageSize = 2 }).Select(i => i.InstanceId).ToArrayAsync();

        Assert.Equal(["run-00", "run-05", "run-10", "run-15", "run-20"], await Find(new() { Statuses = [OrchestrationRuntimeStatus.Failed] }));
        Assert.Equal(["run-20", "run-10", "run-00"], await Find(new() { Names = ["fails"], Tags = new Dictionary<string, string> { ["even"] = "yes" }, NewestFirst = true }));
        Assert.Equal(10, (await Find(new() { InstanceIdPrefix = "run-1" })).Length);
        Assert.Equal(25, (await Find(new())).Length);
    }

    [Fact]
    public async Task Purging_deletes_finished_instances_only()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, int>("echo", (_, n) => Task.FromResult(n))
            .AddOrchestratorFunc<int, int>("waits", (context, _) => context.WaitForExternalEvent<int>("go")));
        await hub.RunAsync("echo", 1, "a");
        await hub.RunAsync("echo", 1, "b");
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("waits", 1, new() { InstanceId = "c" });

        await Assert.ThrowsAsync<OrchestrationStateException>(() => hub.Client.PurgeInstanceAsync("c"));
        Assert.Equal(1, await hub.Client.PurgeInstanceAsync("a"));
        Assert.Equal(0, await hub.Client.PurgeInstanceAsync("a"));
        Assert.Equal(1, await hub.Client.PurgeAllInstancesAsync(new()));
        Assert.Equal(["c"], await hub.Client.GetAllInstancesAsync().Select(i => i.InstanceId).ToArrayAsync());
    }

    [Fact]
    public async Task Commands_for_an_unknown_instance_say_so()
    {
        await using var hub = await TestHub.StartAsync(_folder, _ => { });

        await Assert.ThrowsAsync<OrchestrationNotFoundException>(() => hub.Client.RaiseEventAsync("nobody", "event"));
        await Assert.ThrowsAsync<OrchestrationNotFoundException>(() => hub.Client.WaitForInstanceCompletionAsync("nobody"));
        Assert.Null(await hub.Client.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task A_payload_beyond_the_limit_is_refused_where_it_is_made()
    {
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<int, string>("calls", (context, n) => context.CallActivityAsync<string>("make", n))
            .AddActivityFunc<int, string>("make", (_, n) => Task.FromResult(new string('x', n))), options => options.MaxPayloadBytes = 1024);

        var refused = await Assert.ThrowsAsync<PayloadTooLargeException>(() =>
            hub.Client.ScheduleNewOrchestrationInstanceAsync("calls", new string('x', 2000)));
        var run = await hub.RunAsync("calls", 2000);

        Assert.Contains("2002 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(typeof(PayloadTooLargeException).FullName, run.FailureDetails!.InnerFailure!.ErrorType);
    }
}
