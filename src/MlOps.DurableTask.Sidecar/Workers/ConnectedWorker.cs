using System.Threading.Channels;
using MlOps.DurableTask.Sidecar.Protocol;

namespace MlOps.DurableTask.Sidecar.Workers;

/// <summary>A worker's open stream: what it takes, and what it holds. Belongs to the lock of <see cref="RemoteWorkers"/>.</summary>
internal sealed class ConnectedWorker
{
    // Holds no more than the worker's limits allow.
    private readonly Channel<WorkItem> _outgoing = Channel.CreateUnbounded<WorkItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly int[] _limits;
    private readonly HashSet<RemoteWorkItem>[] _held = [[], []];
    private readonly Dictionary<string, string[]>[]? _filters;

    public ConnectedWorker(GetWorkItemsRequest request, string peer, int defaultLimit)
    {
        Peer = peer;
        _limits =
        [
            Limit(request.MaxConcurrentOrchestrationWorkItems, defaultLimit),
            Limit(request.MaxConcurrentActivityWorkItems, defaultLimit),
        ];
        // Without filters it takes everything; with filters, what they name.
        if (request.WorkItemFilters is { } wanted)
            _filters = [ByName(wanted.Orchestrations), ByName(wanted.Activities)];
    }

    public string Peer { get; }

    /// <summary>What is on its way to the worker.</summary>
    public ChannelReader<WorkItem> WorkItems => _outgoing.Reader;

    public IEnumerable<RemoteWorkItem> Held => _held[0].Concat(_held[1]);

    public int Load => _held[0].Count + _held[1].Count;

    public bool HasRoom(WorkKind kind) => _held[(int)kind].Count < _limits[(int)kind];

    /// <summary>Whether it serves such work at all.</summary>
    public bool Serves(WorkKey key) =>
        _filters is null || (_filters[(int)key.Kind].TryGetValue(key.Name, out var versions) && (versions.Length == 0 || versions.Contains(key.Version, StringComparer.Ordinal)));

    public void Give(RemoteWorkItem item)
    {
        _held[(int)item.Key.Kind].Add(item);
        item.Worker = this;
        _outgoing.Writer.TryWrite(item.Message);
    }

    public void TakeBack(RemoteWorkItem item)
    {
        _held[(int)item.Key.Kind].Remove(item);
        item.Worker = null;
    }

    private static int Limit(int wanted, int standard) => wanted > 0 ? wanted : standard;

    private static Dictionary<string, string[]> ByName(IEnumerable<NameFilter> wanted) => wanted
        .GroupBy(filter => filter.Name, StringComparer.Ordinal)
        .ToDictionary(
            group => group.Key,
            group => group.Any(filter => filter.Versions.Count == 0) ? [] : group.SelectMany(filter => filter.Versions).ToArray(),
            StringComparer.Ordinal);
}
