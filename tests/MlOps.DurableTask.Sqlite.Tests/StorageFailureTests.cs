using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Tests;

/// <summary>What happens when the file or the clock does not do what it should: a clear error or recovery, and nothing acknowledged is lost.</summary>
public sealed class StorageFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Register(DurableTaskRegistry tasks) => tasks
        .AddActivityFunc<string, string>("echo", (_, text) => Task.FromResult(text))
        .AddOrchestratorFunc<string, string>("flow", async (context, text) =>
        {
            var word = await context.WaitForExternalEvent<string>("go");
            return await context.CallActivityAsync<string>("echo", text[..2] + word);
        });

    [Fact]
    public async Task A_full_disk_refuses_new_work_and_loses_none_of_the_old()
    {
        var isFull = true;
        await using var hub = await TestHub.StartAsync(_folder, Register, options =>
        {
            options.RestartDelay = TimeSpan.FromMilliseconds(20);
            options.OnOpen = database =>
            {
                if (isFull)
                    database.Execute("PRAGMA max_page_count=60");
            };
        });
        var accepted = new List<string>();
        async Task FillAsync()
        {
            while (true)
            {
                var id = $"run-{accepted.Count}";
                await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", new string('x', 2000), new() { InstanceId = id });
                accepted.Add(id);
            }
        }

        var refused = await Assert.ThrowsAsync<TaskHubStorageException>(FillAsync);
        isFull = false;
        foreach (var id in accepted)
            await EventuallyAsync(() => hub.Client.RaiseEventAsync(id, "go", "on"));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(accepted);
        foreach (var id in accepted)
            Assert.Equal("xxon", (await hub.CompletionOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_file_locked_by_another_program_is_used_again_when_it_is_free()
    {
        await using var hub = await TestHub.StartAsync(_folder, Register, options =>
        {
            options.RestartDelay = TimeSpan.FromMilliseconds(20);
            options.OnOpen = database => database.Execute("PRAGMA busy_timeout=50");
        });
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", "abc", new() { InstanceId = "one" });

        TaskHubStorageException refused;
        using (var other = Database.OpenForWriting(_folder["hub.db"]))
        {
            other.Execute("BEGIN IMMEDIATE");
            refused = await Assert.ThrowsAsync<TaskHubStorageException>(() => hub.Client.RaiseEventAsync("one", "go", "on"));
            other.Execute("ROLLBACK");
        }
        await EventuallyAsync(() => hub.Client.RaiseEventAsync("one", "go", "on"));

        Assert.Contains("locked", refused.Message, StringComparison.Ordinal);
        Assert.Equal("abon", (await hub.CompletionOfAsync("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task While_a_hub_starts_over_clients_get_the_reason_and_nothing_else()
    {
        var isBroken = false;
        await using var hub = await TestHub.StartAsync(_folder, Register, options =>
        {
            options.RestartDelay = TimeSpan.FromMilliseconds(1);
            options.OnCommit = _ =>
            {
                if (Interlocked.Exchange(ref isBroken, false))
                    throw new IOException("The disk is gone.");
            };
        });
        using var done = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                try
                {
                    _ = hub.Hub.Current;
                }
                catch (TaskHubStorageException e)
                {
                    Assert.Contains("The disk is gone.", e.Message, StringComparison.Ordinal);
                }
            }
        });

        for (var i = 0; i < 50; i++)
        {
            Volatile.Write(ref isBroken, true);
            await EventuallyAsync(() => hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", "abc", new() { InstanceId = $"run-{i}", IdReuse = InstanceIdReuse.IgnoreIfExists }));
        }
        await done.CancelAsync();

        await asking;
    }

    [Fact]
    public async Task A_damaged_page_is_noticed()
    {
        await using (var hub = await TestHub.StartAsync(_folder, Register))
        {
            for (var i = 0; i < 30; i++)
                await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", new string('x', 1000), new() { InstanceId = $"run-{i}" });
        }
        await using (var file = new FileStream(_folder["hub.db"], FileMode.Open))
        {
            file.Seek(-4096, SeekOrigin.End);
            file.Write([.. Enumerable.Repeat((byte)0xA5, 4096)]);
        }

        var noticed = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var hub = await TestHub.StartAsync(_folder, Register, options => options.RestartDelay = TimeSpan.FromMilliseconds(20));
            await foreach (var instance in hub.Client.GetAllInstancesAsync(new() { FetchInputsAndOutputs = true }))
                Assert.Equal(1000, instance.ReadInputAs<string>()!.Length);
        });

        Assert.True(noticed is TaskHubStorageException or InvalidDataException, noticed.ToString());
        Assert.Contains("damaged", noticed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_bit_in_a_history_record_is_noticed()
    {
        var record = TurnRecord.Encode([new() { EventId = 1, TaskCompleted = new() { Result = "\"abc\"" } }]);
        record[^2] ^= 1;

        Assert.Throws<InvalidDataException>(() => TurnRecord.Decode(record));
    }

    [Theory]
    [InlineData("not a database, but long enough that SQLite looks at it as one, which takes a hundred bytes or so of something", "not a task hub's file")]
    public async Task Another_file_is_refused(string content, string expected)
    {
        await File.WriteAllTextAsync(_folder["hub.db"], content);

        var refused = await Assert.ThrowsAsync<TaskHubStorageException>(() => TestHub.StartAsync(_folder, Register));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(_folder["hub.db"]));
    }

    [Fact]
    public async Task Another_programs_database_and_another_format_are_refused()
    {
        using (var database = Database.OpenForWriting(_folder["hub.db"]))
            database.Execute("CREATE TABLE customers (id INTEGER)");
        var foreign = await Assert.ThrowsAsync<TaskHubStorageException>(() => TestHub.StartAsync(_folder, Register));
        using (var database = Database.OpenForWriting(_folder["hub.db"]))
            database.Execute($"PRAGMA application_id={0x6D6C7468}; PRAGMA user_version=99");
        var newer = await Assert.ThrowsAsync<TaskHubStorageException>(() => TestHub.StartAsync(_folder, Register));

        Assert.Contains("not a task hub's", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("format 99", newer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_cannot_be_made_says_so()
    {
        await File.WriteAllTextAsync(_folder["file"], "");

        var refused = await Assert.ThrowsAsync<TaskHubStorageException>(
            () => TestHub.StartAsync(_folder, Register, options => options.Path = _folder["file/hub.db"]));

        Assert.Contains("folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_set_back_neither_turns_time_back_nor_loses_timers()
    {
        var start = new DateTimeOffset(2026, 3, 3, 8, 0, 0, TimeSpan.Zero);
        var time = new ManualTime(start);
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, DateTime[]>("times", async (context, _) =>
            {
                var before = context.CurrentUtcDateTime;
                await context.WaitForExternalEvent<object?>("go");
                var between = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
                return [before, between, context.CurrentUtcDateTime];
            }), time: time);
        await hub.Client.ScheduleNewOrchestrationInstanceAsync("times", null, new() { InstanceId = "one" });
        await hub.UntilAsync("one", i => i.IsRunning);

        time.Set(start.AddHours(-1));
        await hub.Client.RaiseEventAsync("one", "go");
        await Eventually.GetAsync(() => hub.Client.GetHistoryAsync("one"), history => history.Any(e => e.TimerCreated is not null));
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.True((await hub.Client.GetInstanceAsync("one"))!.IsRunning);
        for (var i = 0; i < 40; i++)
            time.Advance(TimeSpan.FromMinutes(1));
        var times = (await hub.CompletionOfAsync("one")).ReadOutputAs<DateTime[]>()!;

        Assert.Equal(times.Order(), times);
        Assert.Equal(times[0], times[1]);
        Assert.True(times[2] >= times[1].AddMinutes(1), $"fired at {times[2]:O}");
    }

    [Fact]
    public async Task A_clock_set_on_while_a_timer_is_put_to_sleep_does_not_delay_it()
    {
        var time = new RestlessTime(new ManualTime(new DateTimeOffset(2026, 3, 3, 8, 0, 0, TimeSpan.Zero)));
        await using var hub = await TestHub.StartAsync(_folder, tasks => tasks
            .AddOrchestratorFunc<object?, string>("wait", async (context, _) =>
            {
                await context.CreateTimer(TimeSpan.FromSeconds(10), CancellationToken.None);
                return "woken";
            }), time: time);

        time.IsRestless = true;

        Assert.Equal("woken", (await hub.RunAsync("wait")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_that_kills_the_process_again_and_again_is_given_up()
    {
        void Never(DurableTaskRegistry tasks) => tasks
            .AddActivityFunc<object?>("kills", (context, _) => Task.Delay(Timeout.Infinite, context.CancellationToken))
            .AddOrchestratorFunc<object?>("flow", (context, _) => context.CallActivityAsync("kills"));
        await using (var hub = await TestHub.StartAsync(_folder, Never, options => options.DrainTimeout = TimeSpan.Zero))
        {
            await hub.Client.ScheduleNewOrchestrationInstanceAsync("flow", null, new() { InstanceId = "one" });
            await hub.UntilAsync("one", i => i.IsRunning);
        }
        for (var i = 0; i < 5; i++)
        {
            // What a process leaves that dies while the first instance's first activity runs.
            await File.WriteAllBytesAsync(_folder["hub.db-running"], BitConverter.GetBytes(Position.Of(1, 0)));
            await using var next = await TestHub.StartAsync(_folder, Never, options => options.RunWorkItems = false);
        }

        await using var last = await TestHub.StartAsync(_folder, Never, options => options.MaxCrashes = 5);
        var run = await last.CompletionOfAsync("one");

        Assert.Equal(typeof(PoisonedWorkItemException).FullName, run.FailureDetails!.InnerFailure!.ErrorType);
        Assert.Contains("died 5 times while activity 'kills' ran", run.FailureDetails.InnerFailure.ErrorMessage, StringComparison.Ordinal);
    }

    private static async Task EventuallyAsync(Func<Task> action)
    {
        using var patience = new CancellationTokenSource(TestHub.Patience);
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (IOException)
            {
                await Task.Delay(10, patience.Token);
            }
        }
    }

    /// <summary>Whenever somebody sets an alarm, the time that it is to wait has passed just before.</summary>
    private sealed class RestlessTime(ManualTime time) : TimeProvider
    {
        public bool IsRestless { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long GetTimestamp() => time.GetTimestamp();

        public void Pass(TimeSpan span) => time.Advance(span);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new RestlessTimer(this, time.CreateTimer(callback, state, dueTime, period));

        private sealed class RestlessTimer(RestlessTime owner, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (owner.IsRestless && dueTime > TimeSpan.Zero)
                    owner.Pass(dueTime);
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
