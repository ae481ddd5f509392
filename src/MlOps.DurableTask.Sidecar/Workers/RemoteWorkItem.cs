using Google.Protobuf;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Workers;

/// <summary>A work item from when the hub hands it out until a worker has answered it, however many workers that takes.</summary>
internal sealed class RemoteWorkItem(WorkKey key, WorkItem message)
{
    private readonly TaskCompletionSource<IMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WorkKey Key { get; } = key;

    /// <summary>The request. Its completion token names one handing-out: an answer to an earlier one is refused.</summary>
    public WorkItem Message { get; set; } = message;

    /// <summary>When it was first queued, among all.</summary>
    public long Order { get; set; }

    /// <summary>How many workers went away with it.</summary>
    public int Losses { get; set; }

    /// <summary>Who has it; <see langword="null"/> while it waits.</summary>
    public ConnectedWorker? Worker { get; set; }

    /// <summary>Who gave it back; somebody else is asked first.</summary>
    public ConnectedWorker? RefusedBy { get; set; }

    /// <summary>Since when it waits or is with its worker.</summary>
    public long Since { get; set; }

    public Task<IMessage> Answer => _answer.Task;

    public void Complete(IMessage response) => _answer.TrySetResult(response);

    public void Fail(Exception cause) => _answer.TrySetException(cause);

    public void Cancel(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);
}
