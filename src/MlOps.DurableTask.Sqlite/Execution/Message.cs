using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// Something an instance is told: an event, a command, a result. It is on disk by the turn that takes it in, or, when that takes too
/// long, by a row of its own. What made it (an activity, a timer) keeps its own row until then and would make it again after a crash.
/// </summary>
internal sealed class Message : DeferrableCommit
{
    private TaskCompletionSource? _durable;

    private Message(IReadOnlyList<HistoryEvent> events) => Events = events;

    /// <summary>Usually one; several when an execution continues as new.</summary>
    public IReadOnlyList<HistoryEvent> Events { get; }

    /// <summary>The execution it is meant for; <see langword="null"/> for whichever is current.</summary>
    public string? Execution { get; private init; }

    /// <summary>Its place in the inbox, given when the instance accepts it.</summary>
    public long Position { get; set; }

    /// <summary>The activity whose result this is.</summary>
    public int? ActivityId { get; private init; }

    /// <summary>The timer that fired.</summary>
    public int? TimerId { get; private init; }

    /// <summary>Done when the message cannot be lost any more.</summary>
    public Task Durable => (_durable ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>An event or command for whichever execution is current.</summary>
    public static Message Of(HistoryEvent happened) => new([happened]);

    /// <summary>The answer to a call of one execution.</summary>
    public static Message AnswerTo(string? execution, HistoryEvent happened) => new([happened]) { Execution = execution };

    /// <summary>The result of an activity.</summary>
    public static Message OfActivity(string? execution, int taskId, HistoryEvent happened) => new([happened]) { Execution = execution, ActivityId = taskId };

    /// <summary>A timer that fired.</summary>
    public static Message OfTimer(string? execution, int timerId, HistoryEvent happened) => new([happened]) { Execution = execution, TimerId = timerId };

    /// <summary>The start of an execution, with the events it takes over.</summary>
    public static Message Start(IReadOnlyList<HistoryEvent> events) => new(events);

    /// <summary>A message as found in the file.</summary>
    public static Message Stored(long position, string? execution, IReadOnlyList<HistoryEvent> events) =>
        new(events) { Position = position, Execution = execution, IsWritten = true };

    public override void Write(StoreWriter store)
    {
        if (IsObsolete || IsWritten)
            return;
        store.InsertMessage(Position, Execution, TurnRecord.Encode(Events));
        DeleteSource(store);
        IsWritten = true;
    }

    /// <summary>Removes it from the inbox, in the transaction of the turn that takes it in.</summary>
    public void TakeIn(StoreWriter store)
    {
        if (IsWritten)
            store.DeleteMessage(Position);
        else
            DeleteSource(store);
        IsObsolete = true;
    }

    /// <summary>Removes it without effect: it was meant for an execution that is over, and whose sources are gone with it.</summary>
    public void Discard(StoreWriter store)
    {
        if (IsWritten)
            store.DeleteMessage(Position);
        IsObsolete = true;
    }

    public override void OnDurable() => _durable?.TrySetResult();

    public override void OnLost(Exception cause) => _durable?.TrySetException(cause);

    private void DeleteSource(StoreWriter store)
    {
        var key = Storage.Position.Key(Position);
        if (ActivityId is { } taskId)
            store.DeleteActivity(key, taskId);
        if (TimerId is { } timerId)
            store.DeleteTimer(key, timerId);
    }
}
