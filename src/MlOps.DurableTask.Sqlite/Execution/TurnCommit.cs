using MlOps.DurableTask.Sqlite.Storage;

namespace MlOps.DurableTask.Sqlite.Execution;

/// <summary>
/// One turn of one instance on its way to disk: the messages it took in, the events it added to history, and all that it wants done.
/// In one transaction, so after a crash either all of it has happened or none.
/// </summary>
internal sealed class TurnCommit(LiveInstance instance, Action<TurnCommit> onDurable) : Commit
{
    public LiveInstance Instance { get; } = instance;

    /// <summary>Messages whose events are part of the turn.</summary>
    public List<Message> TakenIn { get; set; } = [];

    /// <summary>Messages for an execution that is over.</summary>
    public List<Message> Discarded { get; set; } = [];

    /// <summary>The turn's number and record; <see langword="null"/> when all messages were discarded or the history starts over.</summary>
    public (int Number, byte[] Record)? Turn { get; set; }

    public required OrchestrationRuntimeStatus Status { get; init; }

    public required long Time { get; init; }

    public string? CustomStatus { get; init; }

    public List<ActivityCall> Activities { get; } = [];

    public List<(int TimerId, long Due)> Timers { get; } = [];

    public List<LiveInstance> Children { get; } = [];

    /// <summary>Messages to other instances, each with its place in the receiver's inbox.</summary>
    public List<(LiveInstance Receiver, Message Message)> Outgoing { get; } = [];

    /// <summary>Set when the instance is finished.</summary>
    public bool IsFinal { get; init; }

    public string? Output { get; init; }

    public byte[]? Failure { get; init; }

    /// <summary>The first message of the next execution, when the instance continues as new.</summary>
    public Message? NextExecution { get; init; }

    public override void Write(StoreWriter store)
    {
        var key = Instance.Key;
        foreach (var message in TakenIn)
            message.TakeIn(store);
        foreach (var message in Discarded)
            message.Discard(store);

        WriteInstance(store);
        if (NextExecution is not null)
        {
            store.DeleteHistory(key);
            store.DeleteWork(key);
            NextExecution.Write(store);
        }
        else if (Turn is var (number, record))
        {
            store.InsertTurn(key, number, record);
            foreach (var call in Activities)
                store.InsertActivity(key, call.TaskId, number);
        }
        foreach (var (timerId, due) in Timers)
            store.InsertTimer(key, timerId, due);
        foreach (var child in Children)
            child.Creation!.Write(store);
        foreach (var (_, message) in Outgoing)
            message.Write(store);
    }

    public override void OnDurable()
    {
        Instance.Creation?.OnDurable();
        Instance.Creation = null;
        foreach (var message in TakenIn)
            message.OnDurable();
        foreach (var message in Discarded)
            message.OnDurable();
        onDurable(this);
    }

    public override void OnLost(Exception cause)
    {
        Instance.Creation?.OnLost(cause);
        foreach (var message in TakenIn)
            message.OnLost(cause);
        foreach (var message in Discarded)
            message.OnLost(cause);
    }

    private void WriteInstance(StoreWriter store)
    {
        if (Instance.Creation is { IsWritten: false } creation)
            creation.WriteWithFirstTurn(store, Status, Time, CustomStatus);
        else if (!IsFinal)
            store.UpdateInstance(Instance.Key, Status, Time, CustomStatus);
        if (IsFinal)
        {
            store.FinishInstance(Instance.Key, Status, Time, CustomStatus, Failure, Output);
            store.DeleteWork(Instance.Key);
            store.DeleteInbox(Instance.Key);
        }
    }
}
