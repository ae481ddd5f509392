using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.DurableTask.Protocol;
using MlOps.FunctionsHost.Publishing;
using MlOps.FunctionsHost.Worker;

namespace MlOps.FunctionsHost.Durable;

/// <summary>Calls activity functions, at least once.</summary>
internal sealed class ActivityCalls(PublishedApp app, Invoker invoker, HostOptions options, TimeProvider time)
{
    // Long enough for the work to begin, too short for a program to be started and to end.
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(150);
    private readonly ConcurrentQueue<string> _unequal = new();
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly ConcurrentDictionary<string, bool> _givenUp = new(StringComparer.Ordinal);
    private int _delivered;

    /// <summary>Activities that answered differently when the same call was delivered again.</summary>
    public IReadOnlyCollection<string> UnequalRepeats => _unequal;

    /// <summary>The activities that were called, in the order of their ends; repeats are not counted.</summary>
    public IReadOnlyCollection<string> Calls => _calls;

    /// <summary>How a call ended: the event for the orchestration's history.</summary>
    public async Task<HistoryEvent> CallAsync(string instanceId, HistoryEvent scheduled, CancellationToken cancellationToken)
    {
        var call = scheduled.TaskScheduled;
        var function = app.Function(call.Name, "activityTrigger");
        try
        {
            var value = await DeliverAsync(function, instanceId, call.Input, cancellationToken);
            if (options.DeliverTwice && !JsonNode.DeepEquals(value, await DeliverAsync(function, instanceId, call.Input, cancellationToken))) _unequal.Enqueue(call.Name);
            _calls.Enqueue(call.Name);
            return new() { EventId = -1, TaskCompleted = new() { TaskScheduledId = scheduled.EventId, Result = Serialize(value) } };
        }
        catch (HandlerFailedException failed)
        {
            return new()
            {
                EventId = -1,
                TaskFailed = new()
                {
                    TaskScheduledId = scheduled.EventId,
                    FailureDetails = new() { ErrorType = "System.Net.Http.HttpRequestException", ErrorMessage = failed.Message },
                },
            };
        }
    }

    /// <summary>A call that takes too long is given up and delivered again; so is one whose worker died.</summary>
    private async Task<JsonNode?> DeliverAsync(PublishedFunction function, string instanceId, string? input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var limit = options.GiveUpFirst.Contains(function.Name) && _givenUp.TryAdd(function.Name, true) ? s_moment : options.FunctionTimeout;
            using var timeout = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                return await invoker.InvokeAsync(function, DataOf(function, input), MetadataOf(function, instanceId, input), either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                options.TimedOut.Enqueue(function.Name);
            }
            catch (HttpRequestException) when (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            }
        }
    }

    private static JsonObject DataOf(PublishedFunction function, string? input) =>
        new() { [function.TriggerName] = input is null ? null : HostValues.Text(input) };

    private JsonObject MetadataOf(PublishedFunction function, string instanceId, string? input) => new()
    {
        ["data"] = input is null ? null : HostValues.Text(input),
        ["instanceId"] = HostValues.Text(instanceId),
        ["sys"] = HostValues.System(function.Name, time),
    };

    // Text is kept as it is by some versions and written as JSON by others: a handler must not mind.
    private string? Serialize(JsonNode? value) => value is null ? null
        : value.GetValueKind() is JsonValueKind.String && Interlocked.Increment(ref _delivered) % 2 is 0 ? (string)value! : value.ToJsonString();
}
