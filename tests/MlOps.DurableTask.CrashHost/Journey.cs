using System.Globalization;
using System.Text;

namespace MlOps.DurableTask.CrashHost;

/// <summary>Uses everything that a crash could break: sequences, a fan-out, timers, events, sub-orchestrations.</summary>
internal sealed class Journey : TaskOrchestrator<int, string[]>
{
    public override async Task<string[]> RunAsync(TaskOrchestrationContext context, int input)
    {
        var marks = new List<string>();
        for (var round = 0; round < input; round++)
        {
            marks.Add(await context.CallActivityAsync<string>(nameof(Mark), $"{round}-first"));
            var branch = round;
            marks.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(i => context.CallActivityAsync<string>(nameof(Mark), $"{branch}-branch-{i}"))));
            await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
            var leg = context.CallSubOrchestratorAsync<string>(nameof(Leg), round);
            marks.Add(await context.WaitForExternalEvent<string>("arrived"));
            marks.Add(await leg);
        }
        return [.. marks];
    }
}

/// <summary>Tells its parent by an event and by its result.</summary>
internal sealed class Leg : TaskOrchestrator<int, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, int input)
    {
        var mark = await context.CallActivityAsync<string>(nameof(Mark), $"{input}-leg");
        context.SendEvent(context.Parent!.InstanceId, "arrived", $"{input}-event|{mark}");
        return mark;
    }
}

/// <summary>Writes down that it ran, and gives a token that tells this run from any other.</summary>
internal sealed class Mark(Journal journal, ActivityDelay delay, TimeProvider time) : TaskActivity<string, string>
{
    public override async Task<string> RunAsync(TaskActivityContext context, string input)
    {
        await Task.Delay(delay.Value, time, context.CancellationToken);
        return journal.Write(context.IdempotencyKey, input);
    }
}

/// <summary>How long each activity takes.</summary>
internal sealed record ActivityDelay(TimeSpan Value);

/// <summary>One line a run of an activity: idempotency key, then the run's token. Appended with one write, so a kill cannot tear a line.</summary>
internal sealed class Journal(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private int _runs;

    public string Write(string key, string step)
    {
        var token = string.Create(CultureInfo.InvariantCulture, $"{step}|{Environment.ProcessId}.{Interlocked.Increment(ref _runs)}");
        lock (_file)
            _file.Write(Encoding.UTF8.GetBytes($"{key} {token}\n"));
        return token;
    }

    public void Dispose() => _file.Dispose();
}
